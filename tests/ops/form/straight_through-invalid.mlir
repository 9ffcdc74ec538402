// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @integers(%h: tensor<4xi32>) {
  // expected-error @below {{operand #0 must be ranked tensor of floating-point values, but got 'tensor<4xi32>'}}
  %y = vae.straight_through %h, %h : tensor<4xi32>
  return
}
