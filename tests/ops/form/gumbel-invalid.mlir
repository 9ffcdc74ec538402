// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @empty(%r: tensor<4xi32>) {
  // expected-error @below {{shape [4, 0] has the size 0; sizes must be positive}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.gumbel %r <4, 0> : tensor<4x0xf32>
  return
}
