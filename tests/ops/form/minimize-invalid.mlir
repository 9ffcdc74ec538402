// RUN: vae-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{'vae.minimize' op names @elbo, which is no function}}
vae.minimize @elbo with "adam" {}

// -----

func.func private @elbo() -> tensor<f32>
// expected-error @below {{'vae.minimize' op names "linear", which is no optimiser}}
vae.minimize @elbo with "linear" {}

// -----

func.func private @elbo() -> tensor<f32>
// expected-error @below {{'vae.minimize' op schedules "beta" by 4 : i64, which is no formula}}
vae.minimize @elbo with "adam" {} schedules {beta = 4}

// -----

func.func private @elbo() -> tensor<f32>
// expected-error @below {{'vae.minimize' op has {adam = {}}, which is no option with its arguments}}
vae.minimize @elbo with "adam" {} options [{adam = {}}]
