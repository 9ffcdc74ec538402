// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @types(%x: tensor<4xf32>) {
  // expected-error @below {{requires the same type for all operands and results}}
  %y = "vae.sign"(%x) : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @truths(%x: tensor<4xindex>) {
  // expected-error @below {{operand #0 must be ranked tensor of floating-point or signless integer values, but got 'tensor<4xindex>'}}
  %y = vae.sign %x : tensor<4xindex>
  return
}
