// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @loss(%v: tensor<4xf32>) {
  // expected-error @below {{operand #0 must be 0D tensor of floating-point values, but got 'tensor<4xf32>'}}
  vae.report "kl" = %v : tensor<4xf32>
  return
}
