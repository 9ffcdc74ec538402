// RUN: vae-opt %s | vae-opt | FileCheck %s

func.func private @elbo() -> tensor<f32>
// CHECK: vae.minimize @elbo with "adam" {lr = 1.000000e-03 : f64}{{$}}
vae.minimize @elbo with "adam" {lr = 1.0e-3 : f64}
// CHECK: vae.minimize @elbo with "adam" {} over ["encoder", "decoder"]
vae.minimize @elbo with "adam" {} over ["encoder", "decoder"]
// CHECK: vae.minimize @elbo with "adam" {} schedules {beta = "step 100 / 1 min"}
vae.minimize @elbo with "adam" {} schedules {beta = "step 100 / 1 min"}
// CHECK: vae.minimize @elbo with "sgd" {} options [{clip_norm = {max = 1.000000e+00 : f64}}, {ema = {decay = 7.500000e-01 : f64}}]
vae.minimize @elbo with "sgd" {} options [{clip_norm = {max = 1.0 : f64}}, {ema = {decay = 0.75 : f64}}]
