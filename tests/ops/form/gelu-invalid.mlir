// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @integers(%x: tensor<4xi32>) {
  // expected-error @below {{operand #0 must be ranked tensor of floating-point values, but got 'tensor<4xi32>'}}
  %y = vae.gelu %x {approximate = "tanh"} : tensor<4xi32>
  return
}

// -----

func.func @approximation(%x: tensor<4xf32>) {
  // expected-error @below {{'vae.gelu' op approximates by "cubic"; there are "none" and "tanh"}}
  %y = vae.gelu %x {approximate = "cubic"} : tensor<4xf32>
  return
}
