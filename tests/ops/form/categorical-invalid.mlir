// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @axis(%r: tensor<4xi32>, %a: tensor<4x8xf32>) {
  // expected-error @below {{axis 2 is outside [4, 8] of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %k = vae.categorical %r, %a {axis = 2 : i64} : (tensor<4xi32>, tensor<4x8xf32>) -> tensor<4xi32>
  return
}
