// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @follow(%a: tensor<8xf32>, %p: tensor<7xf32>, %rate: tensor<f32>) {
  // expected-error @below {{failed to verify that all of {average, parameter, result} have same type}}
  %b = vae.ema %a, %p, %rate : (tensor<8xf32>, tensor<7xf32>, tensor<f32>) -> tensor<8xf32>
  return
}
