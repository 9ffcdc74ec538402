// RUN: vae-opt --vae-to-grad %s | FileCheck %s
// batch_norm and dropout train inside losses alone, and buffers move in the training program alone.

vae.parameter @bn.weight : tensor<3xf32> init #program.init<constant, 1.0, 0.0>
vae.parameter @bn.bias : tensor<3xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @bn.running_mean : tensor<3xf32> init #program.init<zeros, 0.0, 0.0> {frozen}
vae.parameter @bn.running_var : tensor<3xf32> init #program.init<constant, 1.0, 0.0> {frozen}

// CHECK-LABEL: func.func @use(
// CHECK-NOT: vae.uniform
// CHECK-NOT: vae.update
// CHECK: %[[MEAN:.*]] = vae.read @bn.running_mean
// CHECK-NOT: vae.sum
func.func @use(%x: tensor<2x3xf32> {vae.name = "x"}) -> (tensor<2x3xf32> {vae.name = "y"}) attributes {vae.kind = "entry"} {
  %y = func.call @layer(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @l(
// CHECK: vae.uniform
// CHECK-NOT: vae.update
func.func @l(%x: tensor<2x3xf32> {vae.name = "x"}) -> tensor<f32> attributes {vae.kind = "loss"} {
  %y = func.call @layer(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %s = vae.square %y : tensor<2x3xf32>
  %t = vae.sum %s : (tensor<2x3xf32>) -> tensor<f32>
  return %t : tensor<f32>
}

func.func private @layer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %w = vae.read @bn.weight : tensor<3xf32>
  %b = vae.read @bn.bias : tensor<3xf32>
  %m = vae.read @bn.running_mean : tensor<3xf32>
  %v = vae.read @bn.running_var : tensor<3xf32>
  %n = vae.batch_norm %x, %w, %b, %m, %v : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %r = vae.rng
  %y = vae.dropout %r, %n : (tensor<4xi32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
vae.minimize @l with "adam" {lr = 1.0e-3 : f64, beta1 = 0.9 : f64, beta2 = 0.999 : f64, eps = 1.0e-8 : f64}

// CHECK-LABEL: func.func @l.train(
// CHECK: vae.update @bn.running_mean
// CHECK: vae.update @bn.running_var
// CHECK: vae.update @bn.weight
// CHECK: vae.update @bn.bias

// CHECK-LABEL: func.func @l.gradient(
// CHECK-NOT: vae.update
// CHECK: vae.uniform
// CHECK-NOT: vae.update

// Two calls that share their weights move the buffers in turn, each once a step.
func.func @twice(%x: tensor<2x3xf32> {vae.name = "x"}) -> tensor<f32> attributes {vae.kind = "loss"} {
  %y = func.call @layer(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %z = func.call @layer(%y) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %t = vae.sum %z : (tensor<2x3xf32>) -> tensor<f32>
  return %t : tensor<f32>
}
vae.minimize @twice with "sgd" {lr = 1.0e-3 : f64, momentum = 0.0 : f64, weight_decay = 0.0 : f64, nesterov = false}

// CHECK-LABEL: func.func @twice.train(
// CHECK-COUNT-1: vae.update @bn.running_mean
// CHECK-NOT: vae.update @bn.running_mean
// CHECK: vae.update @bn.running_var
// CHECK-NOT: vae.update @bn.running
// CHECK: vae.update @bn.weight
