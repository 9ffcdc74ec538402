// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @vector() {
  // expected-error @below {{triangle of [8], which has no two axes}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.triangle <8> {element = f32} : tensor<8xf32>
  return
}
