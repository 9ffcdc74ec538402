// RUN: vae-opt %s | vae-opt | FileCheck %s

vae.parameter @scale : tensor<1xf32> init <constant, 1.0, 0.0> {frozen}
func.func private @elbo() -> tensor<f32>
// CHECK: vae.update_rule @scale in @elbo with "moving_average" {decay = 7.500000e-01 : f64, of = "spread"}
vae.update_rule @scale in @elbo with "moving_average" {decay = 0.75 : f64, of = "spread"}
