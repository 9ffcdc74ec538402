// RUN: vae-opt --vae-differentiate --canonicalize --cse --split-input-file --verify-diagnostics %s | FileCheck %s
// Buffers move by their rules at the end of a step, beside what the optimiser does; the loss and its gradient leave them.

vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @scale : tensor<1xf32> init #program.init<constant, 1.0, 0.0> {frozen}

// CHECK-LABEL: func.func @l(
// CHECK-NOT: vae.update
// CHECK-LABEL: func.func @l.train(
// CHECK-DAG: %[[S:.*]] = vae.read @scale
// CHECK-DAG: %[[Q:.*]] = vae.square
// CHECK: vae.update @w
// CHECK: %[[RATE:.*]] = vae.scalar "1 epoch 10 / -"
// CHECK: %[[NEXT:.*]] = vae.moving_average %[[S]], %[[Q]], %[[RATE]]
// CHECK: vae.update @scale = %[[NEXT]]
// CHECK-LABEL: func.func @l.gradient(
// CHECK-NOT: vae.update
// CHECK-NOT: gradient:scale
func.func @l() -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<4xf32>
  %s = vae.read @scale : tensor<1xf32>
  %y = vae.mul %w, %s : tensor<4xf32>, tensor<1xf32>
  %sum = vae.sum %y : (tensor<4xf32>) -> tensor<f32>
  %q = vae.square %sum : tensor<f32>
  vae.report "spread" = %q : tensor<f32>
  return %sum : tensor<f32>
}
vae.minimize @l with "sgd" {lr = 0.5 : f64, momentum = 0.0 : f64, weight_decay = 0.0 : f64, nesterov = false}
vae.update_rule @scale in @l with "moving_average" {decay = "epoch 10 /", of = "spread"}

// -----

vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @scale : tensor<1xf32> init #program.init<constant, 1.0, 0.0> {frozen}
vae.parameter @wide : tensor<4xf32> init #program.init<constant, 1.0, 0.0> {frozen}
func.func @l() -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<4xf32>
  %sum = vae.sum %w : (tensor<4xf32>) -> tensor<f32>
  return %sum : tensor<f32>
}
vae.minimize @l with "sgd" {lr = 0.5 : f64, momentum = 0.0 : f64, weight_decay = 0.0 : f64, nesterov = false}
// expected-error @below {{the loss reports no `spread` that `scale` could follow}}
vae.update_rule @scale in @l with "moving_average" {decay = 0.9 : f64, of = "spread"}

// -----

vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @wide : tensor<4xf32> init #program.init<constant, 1.0, 0.0> {frozen}
func.func @l() -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<4xf32>
  %sum = vae.sum %w : (tensor<4xf32>) -> tensor<f32>
  return %sum : tensor<f32>
}
vae.minimize @l with "sgd" {lr = 0.5 : f64, momentum = 0.0 : f64, weight_decay = 0.0 : f64, nesterov = false}
// expected-error @below {{`moving_average` follows one number, and `wide` is [4]}}
vae.update_rule @wide in @l with "moving_average" {decay = 0.9 : f64, of = "loss"}

// -----

vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @mean : tensor<1xf32> init #program.init<zeros, 0.0, 0.0> {frozen}
func.func @l() -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<4xf32>
  %m = vae.sum %w {keep = true} : (tensor<4xf32>) -> tensor<1xf32>
  // expected-note @below {{moved here}}
  vae.update @mean = %m : tensor<1xf32>
  %sum = vae.sum %w : (tensor<4xf32>) -> tensor<f32>
  return %sum : tensor<f32>
}
vae.minimize @l with "sgd" {lr = 0.5 : f64, momentum = 0.0 : f64, weight_decay = 0.0 : f64, nesterov = false}
// expected-error @below {{`mean` is moved by `l` itself}}
vae.update_rule @mean in @l with "moving_average" {decay = 0.9 : f64, of = "loss"}

// -----

vae.parameter @a.w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @b.w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
func.func @l() -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @a.w : tensor<4xf32>
  %sum = vae.sum %w : (tensor<4xf32>) -> tensor<f32>
  return %sum : tensor<f32>
}
// expected-error @below {{no gradient of `l` reaches a parameter that this line trains}}
vae.minimize @l with "sgd" {lr = 0.5 : f64, momentum = 0.0 : f64, weight_decay = 0.0 : f64, nesterov = false} over ["b"]

// -----

vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @codes : tensor<4x8xf32> init #program.init<zeros, 0.0, 0.0> {frozen}
func.func @l() -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<4xf32>
  %sum = vae.sum %w : (tensor<4xf32>) -> tensor<f32>
  return %sum : tensor<f32>
}
vae.minimize @l with "sgd" {lr = 0.5 : f64, momentum = 0.0 : f64, weight_decay = 0.0 : f64, nesterov = false}
// expected-error @below {{`codebook_ema` follows the vectors that `vector_quantize` maps to `codes`; the loss maps none}}
vae.update_rule @codes in @l with "codebook_ema" {decay = 0.9 : f64, eps = 1.0e-5 : f64, reseed_below = 0.0 : f64}
