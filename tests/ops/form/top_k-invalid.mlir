// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @none(%x: tensor<4x8xf32>) {
  // expected-error @below {{top_k cannot keep 0 of 8 elements}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.top_k %x {k = 0 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @more_than_all(%x: tensor<4x8xf32>) {
  // expected-error @below {{top_k cannot keep 5 of 4 elements}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.top_k %x {axis = 0 : i64, k = 5 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}
