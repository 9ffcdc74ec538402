// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @none() {
  // expected-error @below {{stack takes at least one tensor}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.stack {axis = 0 : i64} : () -> tensor<1x4xf32>
  return
}

// -----

func.func @shapes(%a: tensor<4xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{stack of [4] and [5]; shapes must be equal}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.stack %a, %b {axis = 0 : i64} : (tensor<4xf32>, tensor<5xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @elements(%a: tensor<4xf32>, %b: tensor<4xi32>) {
  // expected-error @below {{element types 'f32' and 'i32' do not mix}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.stack %a, %b {axis = 0 : i64} : (tensor<4xf32>, tensor<4xi32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @axis(%a: tensor<4xf32>) {
  // expected-error @below {{axis 2 is outside a result of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.stack %a {axis = 2 : i64} : (tensor<4xf32>) -> tensor<1x4xf32>
  return
}
