// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @integers(%a: tensor<4xi32>) {
  // expected-error @below {{operand #0 must be ranked tensor of floating-point values, but got 'tensor<4xi32>'}}
  %y = vae.pow %a, %a : tensor<4xi32>, tensor<4xi32>
  return
}

// -----

func.func @shapes(%a: tensor<4xf32>, %b: tensor<3xf32>) {
  // expected-error @below {{shapes [4] and [3] do not broadcast; axis 0 is 4 and 3}}
  %y = vae.pow %a, %b : tensor<4xf32>, tensor<3xf32>
  return
}
