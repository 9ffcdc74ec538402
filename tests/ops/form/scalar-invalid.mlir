// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @rank() {
  // expected-error @below {{result #0 must be 0D tensor of floating-point values, but got 'tensor<2xf32>'}}
  %s = vae.scalar "step" : tensor<2xf32>
  return
}
