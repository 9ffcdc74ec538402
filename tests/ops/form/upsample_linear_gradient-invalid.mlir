// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @factor(%g: tensor<4x8xf32>) {
  // expected-error @below {{axis 1 of [4, 8] was not made by the factor 3}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.upsample_linear_gradient %g {axis = 1 : i64, factor = 3 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @axis(%g: tensor<4x8xf32>) {
  // expected-error @below {{axis 2 is outside [4, 8] of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.upsample_linear_gradient %g {axis = 2 : i64, factor = 2 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}
