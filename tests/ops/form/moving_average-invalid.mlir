// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @follow(%a: tensor<1xf32>, %v: tensor<f32>) {
  // expected-error @below {{failed to verify that all of {average, result} have same type}}
  %b = vae.moving_average %a, %v, %v : (tensor<1xf32>, tensor<f32>, tensor<f32>) -> tensor<2xf32>
  return
}
