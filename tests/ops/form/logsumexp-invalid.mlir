// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @outside(%x: tensor<4x8xf32>) {
  // expected-error @below {{axis 2 is outside [4, 8] of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.logsumexp %x {axis = array<i64: 2>} : (tensor<4x8xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @twice(%x: tensor<4x8xf32>) {
  // expected-error @below {{axis -1 of [4, 8] is named twice}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.logsumexp %x {axis = array<i64: 1, -1>} : (tensor<4x8xf32>) -> tensor<4xf32>
  return
}
