// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @rows(%a: tensor<4x1x8xf32>, %b: tensor<4x1x8xf32>) {
  // expected-error @below {{outranks compares a column and a row, not [4, 1, 8] and [4, 1, 8]}}
  // expected-error @below {{failed to infer returned types}}
  %m = vae.outranks %a, %b : (tensor<4x1x8xf32>, tensor<4x1x8xf32>) -> tensor<4x8x8xf32>
  return
}
