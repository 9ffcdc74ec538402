// RUN: vae-opt --vae-differentiate --verify-diagnostics --split-input-file %s

vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
func.func @l() -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<4xf32>
  // `mean` is not one of the ops that define themselves; it would have been decomposed before.
  // expected-error@below {{no gradient is defined for `mean`}}
  %y = vae.mean %w : (tensor<4xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

// No gradient passes here, so none is asked for.
vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
func.func @l(%x: tensor<4xf32>) -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<4xf32>
  %m = vae.mean %x : (tensor<4xf32>) -> tensor<f32>
  %s = vae.sum %w : (tensor<4xf32>) -> tensor<f32>
  %y = vae.add %m, %s : tensor<f32>, tensor<f32>
  return %y : tensor<f32>
}

// -----

vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
func.func @l() -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<4xf32>
  %y = vae.sum %w : (tensor<4xf32>) -> tensor<f32>
  return %y : tensor<f32>
}
// expected-error@below {{`l` takes no `beta`}}
vae.minimize @l with "adam" {lr = 1.0e-3 : f64, beta1 = 0.9 : f64, beta2 = 0.999 : f64, eps = 1.0e-8 : f64} schedules {beta = "1"}

// -----

// A loop has no gradient, also where only its body reads the parameter.
vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
func.func @l(%x: tensor<4xf32>) -> tensor<f32> attributes {vae.kind = "loss"} {
  // expected-error@below {{no gradient is defined for `loop`}}
  %y = vae.loop "3" carrying(%x) {
  ^bb0(%t: tensor<i32>, %old: tensor<4xf32>):
    %w = vae.read @w : tensor<4xf32>
    %z = vae.mul %old, %w : tensor<4xf32>, tensor<4xf32>
    vae.yield %z : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  %s = vae.sum %y : (tensor<4xf32>) -> tensor<f32>
  return %s : tensor<f32>
}

// -----

// None is needed where nothing trained goes through it.
vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
func.func @l(%x: tensor<4xf32>) -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<4xf32>
  %y = vae.loop "3" carrying(%x) {
  ^bb0(%t: tensor<i32>, %old: tensor<4xf32>):
    %z = vae.mul %old, %old : tensor<4xf32>, tensor<4xf32>
    vae.yield %z : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  %p = vae.mul %y, %w : tensor<4xf32>, tensor<4xf32>
  %s = vae.sum %p : (tensor<4xf32>) -> tensor<f32>
  return %s : tensor<f32>
}

// -----

// A gradient of a gradient is not taken.
vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
func.func @l() -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<4xf32>
  %ww = vae.mul %w, %w : tensor<4xf32>, tensor<4xf32>
  %s = vae.sum %ww : (tensor<4xf32>) -> tensor<f32>
  // expected-error@below {{the gradient of a `gradient(...)` is not taken; `stop_gradient` of what is made of it keeps it a number}}
  %g = vae.gradient %s by @w : tensor<f32> -> tensor<4xf32>
  %y = vae.sum %g : (tensor<4xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @v : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
func.func @e() -> tensor<4xf32> attributes {vae.kind = "entry"} {
  %w = vae.read @w : tensor<4xf32>
  %s = vae.sum %w : (tensor<4xf32>) -> tensor<f32>
  // expected-error@below {{the number does not depend on `v`, so it has no gradient}}
  %g = vae.gradient %s by @v : tensor<f32> -> tensor<4xf32>
  return %g : tensor<4xf32>
}

// -----

vae.parameter @w : tensor<f32> init #program.init<zeros, 0.0, 0.0>
func.func @e(%x: tensor<f32>) -> tensor<f32> attributes {vae.kind = "entry"} {
  %y = vae.loop "3" carrying(%x) {
  ^bb0(%t: tensor<i32>, %v: tensor<f32>):
    // expected-error@below {{takes a gradient inside a loop}}
    %g = vae.gradient %v by @w : tensor<f32> -> tensor<f32>
    vae.yield %g : tensor<f32>
  } : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}
