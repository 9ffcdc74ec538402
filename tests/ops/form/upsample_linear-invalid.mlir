// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @factor(%x: tensor<4x8xf32>) {
  // expected-error @below {{upsample_linear has the factor 17; it must be from 1 to 16}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.upsample_linear %x {factor = 17 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @axis(%x: tensor<8xf32>) {
  // expected-error @below {{axis 1 is outside [8] of rank 1}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.upsample_linear %x {axis = 1 : i64, factor = 2 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  return
}
