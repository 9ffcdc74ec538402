// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @shapes(%a: tensor<4x8xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{`y` is [4, 8] and `x` is [8]; their shapes must be equal}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.huber %a, %b : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<f32>
  return
}

// -----

func.func @reduction(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) {
  // expected-error @below {{reduction "median" is unknown; there are "mean", "sum", "total" and "none"}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.huber %a, %b {reduction = "median"} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @delta(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) {
  // expected-error @below {{changes over at 0; `delta` must be positive}}
  %y = vae.huber %a, %b {delta = 0.0 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return
}
