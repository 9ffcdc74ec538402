// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @element(%x: tensor<4xi32>) {
  // expected-error @below {{inferred type(s) 'tensor<4xf32>' are incompatible with return type(s) of operation 'tensor<4xi32>'}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.cast %x {element = f32} : (tensor<4xi32>) -> tensor<4xi32>
  return
}
