// RUN: vae-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{failed to satisfy constraint: type attribute of statically shaped tensor}}
vae.parameter @w : tensor<?x8xf32> init <zeros, 0.0, 0.0>

// -----

// expected-error @below {{unknown initialiser `xavier`}}
vae.parameter @w : tensor<8xf32> init <xavier, 0.0, 0.0>
