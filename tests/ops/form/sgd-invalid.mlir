// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @state(%p: tensor<8xf32>, %v: tensor<7xf32>, %r: tensor<f32>) {
  // expected-error @below {{sgd of a parameter [8] does not take a gradient or state [7]}}
  // expected-error @below {{failed to infer returned types}}
  %0, %1 = vae.sgd %p, %p, %v, %r {momentum = 0.5 : f64} : (tensor<8xf32>, tensor<8xf32>, tensor<7xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>)
  return
}

// -----

func.func @velocity(%p: tensor<8xf32>, %r: tensor<f32>) {
  // expected-error @below {{'vae.sgd' op has a momentum of 0.5 and no velocity}}
  %0 = vae.sgd %p, %p, %r {momentum = 0.5 : f64} : (tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  return
}
