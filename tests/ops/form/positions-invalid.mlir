// RUN: vae-opt %s --verify-diagnostics

func.func @none() {
  // expected-error @below {{shape [0] has the size 0; sizes must be positive}}
  // expected-error @below {{failed to infer returned types}}
  %p = vae.positions <0> : tensor<0xi32>
  return
}
