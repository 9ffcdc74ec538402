// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @turns(%t: tensor<4xi32>) {
  %r = vae.rng
  // expected-error @below {{operand #1 must be 0D tensor of 32-bit signless integer values, but got 'tensor<4xi32>'}}
  %s = vae.rng_turn %r, %t : tensor<4xi32>
  return
}
