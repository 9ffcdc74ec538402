// RUN: vae-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{'vae.minimize' op names @elbo, which is not a function}}
vae.minimize @elbo with "adam" {}

// -----

func.func private @elbo() -> tensor<f32>
// expected-error @below {{'vae.minimize' op names "linear", which is not an optimizer}}
vae.minimize @elbo with "linear" {}

// -----

func.func private @elbo() -> tensor<f32>
// expected-error @below {{'vae.minimize' op schedules `beta` by 4 : i64, which is not a formula}}
vae.minimize @elbo with "adam" {} schedules {beta = 4}

// -----

func.func private @elbo() -> tensor<f32>
// expected-error @below {{'vae.minimize' op has {adam = {}}, which is not an option with its arguments}}
vae.minimize @elbo with "adam" {} options [{adam = {}}]
