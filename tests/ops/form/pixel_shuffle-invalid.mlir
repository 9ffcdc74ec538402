// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @channels(%x: tensor<6x5x4xf32>) {
  // expected-error @below {{pixel_shuffle of [6, 5, 4] divides 6 by 4, which leaves a rest}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.pixel_shuffle %x {factor = 2 : i64} : (tensor<6x5x4xf32>) -> tensor<6x5x4xf32>
  return
}

// -----

func.func @factor(%x: tensor<6x5x4xf32>) {
  // expected-error @below {{pixel_shuffle has the factor 0; it must be from 1 to 16}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.pixel_shuffle %x {factor = 0 : i64} : (tensor<6x5x4xf32>) -> tensor<6x5x4xf32>
  return
}

// -----

func.func @rank(%x: tensor<4x4xf32>) {
  // expected-error @below {{axis -3 is outside [4, 4] of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.pixel_shuffle %x {factor = 2 : i64} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return
}
