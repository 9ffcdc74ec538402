// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @negative() {
  // expected-error @below {{shape [4, -8] has the size -8; sizes must be positive}}
  // expected-error @below {{failed to infer returned types}}
  %x = vae.zeros <4, -8> {element = f32} : tensor<4x8xf32>
  return
}
