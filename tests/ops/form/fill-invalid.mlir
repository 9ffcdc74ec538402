// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @negative() {
  // expected-error @below {{shape [4, -8] has the size -8; sizes must be positive}}
  // expected-error @below {{failed to infer returned types}}
  %x = vae.fill <4, -8> {element = f32, value = 1.500000e+00 : f64} : tensor<4x8xf32>
  return
}
