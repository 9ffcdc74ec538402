// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @shapes(%x: tensor<4x8xf32>) {
  // expected-error @below {{positions in [4, 8] along axis 1 do not have the extremes [4, 8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.match_position %x, %x {axis = 1 : i64} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xi32>
  return
}

// -----

func.func @outside(%x: tensor<4x8xf32>) {
  // expected-error @below {{axis 2 is outside [4, 8] of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.match_position %x, %x {axis = 2 : i64} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xi32>
  return
}
