// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @state(%p: tensor<8xf32>, %m: tensor<7xf32>, %r: tensor<f32>) {
  // expected-error @below {{adamw of a parameter [8] does not take a gradient or state [7]}}
  // expected-error @below {{failed to infer returned types}}
  %0, %1, %2 = vae.adamw %p, %p, %m, %p, %r, %r, %r : (tensor<8xf32>, tensor<8xf32>, tensor<7xf32>, tensor<8xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
  return
}
