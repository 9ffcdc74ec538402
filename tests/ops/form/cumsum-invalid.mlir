// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @outside(%x: tensor<4x8xf32>) {
  // expected-error @below {{axis 2 is outside [4, 8] of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.cumsum %x {axis = 2 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}
