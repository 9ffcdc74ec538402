// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @none(%x: tensor<4xi32>) {
  // expected-error @below {{one_hot has 0 classes; there must be at least one}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.one_hot %x {classes = 0 : i64} : (tensor<4xi32>) -> tensor<4x1xf32>
  return
}

// -----

func.func @axis(%x: tensor<4xi32>) {
  // expected-error @below {{axis 2 is outside a result of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.one_hot %x {axis = 2 : i64, classes = 3 : i64} : (tensor<4xi32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @reals(%x: tensor<4xf32>) {
  // expected-error @below {{operand #0 must be ranked tensor of 32-bit signless integer values, but got 'tensor<4xf32>'}}
  %y = vae.one_hot %x {classes = 3 : i64} : (tensor<4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @integers(%x: tensor<4xi32>) {
  // expected-error @below {{one_hot makes floating-point elements, not 'i32'}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.one_hot %x {classes = 3 : i64, element = i32} : (tensor<4xi32>) -> tensor<4x3xf32>
  return
}
