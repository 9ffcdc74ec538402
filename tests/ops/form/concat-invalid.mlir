// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @sizes(%a: tensor<4x8xf32>, %b: tensor<5x8xf32>) {
  // expected-error @below {{concat cannot join [4, 8] and [5, 8] along axis 1}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.concat %a, %b {axis = 1 : i64} : (tensor<4x8xf32>, tensor<5x8xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @none() {
  // expected-error @below {{concat takes at least one tensor}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.concat {axis = 0 : i64} : () -> tensor<4xf32>
  return
}

// -----

func.func @axis(%a: tensor<4xf32>) {
  // expected-error @below {{axis 1 is outside [4] of rank 1}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.concat %a {axis = 1 : i64} : (tensor<4xf32>) -> tensor<4xf32>
  return
}
