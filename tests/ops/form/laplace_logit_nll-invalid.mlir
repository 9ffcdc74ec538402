// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @mu(%x: tensor<4x8xf32>, %m: tensor<8xf32>) {
  // expected-error @below {{`x` is [4, 8] and `mu` is [8]; their shapes must be equal}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.laplace_logit_nll %x, %m, %x : (tensor<4x8xf32>, tensor<8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @scale(%x: tensor<4x8xf32>, %m: tensor<8xf32>) {
  // expected-error @below {{`x` is [4, 8] and `log_scale` is [8]; their shapes must be equal}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.laplace_logit_nll %x, %x, %m : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<8xf32>) -> tensor<f32>
  return
}

// -----

func.func @reduction(%x: tensor<4x8xf32>) {
  // expected-error @below {{reduction "median" is unknown; there are "mean", "sum", "total" and "none"}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.laplace_logit_nll %x, %x, %x {reduction = "median"} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @eps(%x: tensor<4x8xf32>) {
  // expected-error @below {{keeps 0.5 from both ends; `eps` must lie between 0 and 0.5}}
  %y = vae.laplace_logit_nll %x, %x, %x {eps = 0.5 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return
}
