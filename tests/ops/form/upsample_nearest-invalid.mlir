// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @factor(%x: tensor<4x8xf32>) {
  // expected-error @below {{upsample_nearest has the factor 0; it must be from 1 to 16}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.upsample_nearest %x {factor = 0 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @vector(%x: tensor<8xf32>) {
  // expected-error @below {{axis -2 is outside [8] of rank 1}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.upsample_nearest %x {factor = 2 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  return
}
