// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @height(%x: tensor<6x5x4xf32>) {
  // expected-error @below {{pixel_unshuffle of [6, 5, 4] divides 5 by 2, which leaves a rest}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.pixel_unshuffle %x {factor = 2 : i64} : (tensor<6x5x4xf32>) -> tensor<6x5x4xf32>
  return
}

// -----

func.func @rank(%x: tensor<4x4xf32>) {
  // expected-error @below {{axis -3 is outside [4, 4] of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.pixel_unshuffle %x {factor = 2 : i64} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return
}
