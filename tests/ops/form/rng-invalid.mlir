// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @type() {
  // expected-error @below {{result #0 must be random state tensor<4xi32>, but got 'tensor<4xf32>'}}
  %r = "vae.rng"() : () -> tensor<4xf32>
  return
}
