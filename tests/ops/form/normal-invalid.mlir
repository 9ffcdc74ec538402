// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @size(%r: tensor<4xi32>) {
  // expected-error @below {{shape [4, 0] has the size 0; sizes must be positive}}
  // expected-error @below {{failed to infer returned types}}
  %e = vae.normal %r <4, 0> : tensor<4x0xf32>
  return
}

// -----

func.func @state(%r: tensor<3xi32>) {
  // expected-error @below {{operand #0 must be random state tensor<4xi32>, but got 'tensor<3xi32>'}}
  %e = "vae.normal"(%r) {shape = #program.shape<4>} : (tensor<3xi32>) -> tensor<4xf32>
  return
}
