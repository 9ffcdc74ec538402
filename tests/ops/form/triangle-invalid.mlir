// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @vector() {
  // expected-error @below {{a triangle has at least two axes, and [8] does not}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.triangle <8> {element = f32} : tensor<8xf32>
  return
}

// -----

func.func @integers() {
  // expected-error @below {{triangle makes floating-point elements, not 'i32'}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.triangle <8, 8> {element = i32} : tensor<8x8xf32>
  return
}
