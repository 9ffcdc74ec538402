// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @axis(%x: tensor<4x8xf32>, %i: tensor<i32>) {
  // expected-error @below {{gather takes places along one of the axes, not along axis 2 of [4, 8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.gather %x, %i {axis = 2 : i64} : (tensor<4x8xf32>, tensor<i32>) -> tensor<4xf32>
  return
}

// -----

func.func @reals(%x: tensor<4xf32>, %i: tensor<f32>) {
  // expected-error @below {{operand #1 must be ranked tensor of 32-bit signless integer values, but got 'tensor<f32>'}}
  %y = vae.gather %x, %i {axis = 0 : i64} : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
  return
}
