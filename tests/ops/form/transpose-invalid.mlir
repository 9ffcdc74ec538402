// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @few(%x: tensor<4x8xf32>) {
  // expected-error @below {{transpose of [4, 8] names 1 of 2 axes}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.transpose %x {axes = array<i64: 1>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @twice(%x: tensor<4x8xf32>) {
  // expected-error @below {{axis 1 of [4, 8] is named twice}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.transpose %x {axes = array<i64: 1, 1>} : (tensor<4x8xf32>) -> tensor<8x8xf32>
  return
}
