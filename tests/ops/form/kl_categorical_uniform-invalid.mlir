// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @axis(%a: tensor<4x8xf32>) {
  // expected-error @below {{axis 2 is outside [4, 8] of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.kl_categorical_uniform %a {axis = 2 : i64} : (tensor<4x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @reduction(%a: tensor<4x8xf32>) {
  // expected-error @below {{reduction "median" is unknown; there are "mean", "sum", "total" and "none"}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.kl_categorical_uniform %a {reduction = "median"} : (tensor<4x8xf32>) -> tensor<f32>
  return
}
