// RUN: vae-opt %s --split-input-file --verify-diagnostics

vae.parameter @w : tensor<1xf32> init <zeros, 0.0, 0.0>
func.func private @elbo() -> tensor<f32>
// expected-error @below {{'vae.update_rule' op names @w, which is not a frozen parameter}}
vae.update_rule @w in @elbo with "moving_average" {}

// -----

vae.parameter @w : tensor<1xf32> init <zeros, 0.0, 0.0> {frozen}
// expected-error @below {{'vae.update_rule' op names @elbo, which is not a function}}
vae.update_rule @w in @elbo with "moving_average" {}

// -----

vae.parameter @w : tensor<1xf32> init <zeros, 0.0, 0.0> {frozen}
func.func private @elbo() -> tensor<f32>
// expected-error @below {{'vae.update_rule' op names "adam", which is not a rule}}
vae.update_rule @w in @elbo with "adam" {}
