// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @falling(%x: tensor<4x8xf32>, %v: tensor<f32>, %i: tensor<i32>) {
  // expected-error @below {{put has 2 indices along 2 axes of a tensor of rank 2; there must be one for each, and axes must rise}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.put %x, %v at %i, %i {axes = array<i64: 1, 0>, begin = #program.shape<>} : (tensor<4x8xf32>, tensor<f32>, tensor<i32>, tensor<i32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @beginnings(%x: tensor<4x8xf32>, %v: tensor<4xf32>, %i: tensor<i32>) {
  // expected-error @below {{put has 2 beginnings for 1 axes}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.put %x, %v at %i {axes = array<i64: 1>, begin = #program.shape<0, 0>} : (tensor<4x8xf32>, tensor<4xf32>, tensor<i32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @elements(%x: tensor<4xf32>, %v: tensor<i32>, %i: tensor<i32>) {
  // expected-error @below {{element types 'f32' and 'i32' do not mix}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.put %x, %v at %i {axes = array<i64: 0>, begin = #program.shape<>} : (tensor<4xf32>, tensor<i32>, tensor<i32>) -> tensor<4xf32>
  return
}

// -----

func.func @room(%x: tensor<4x8xf32>, %v: tensor<4x2xf32>) {
  // expected-error @below {{update from 7 to 9 does not lie inside [4, 8] along axis 1, whose size is 8}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.put %x, %v {axes = array<i64>, begin = #program.shape<0, 7>} : (tensor<4x8xf32>, tensor<4x2xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @before(%x: tensor<4x8xf32>, %v: tensor<4x2xf32>) {
  // expected-error @below {{update from -1 to 1 does not lie inside [4, 8] along axis 1, whose size is 8}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.put %x, %v {axes = array<i64>, begin = #program.shape<0, -1>} : (tensor<4x8xf32>, tensor<4x2xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @rank(%x: tensor<4x8xf32>, %v: tensor<4xf32>) {
  // expected-error @below {{put of [4] at a place of 2 axes; there must be as many}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.put %x, %v {axes = array<i64>, begin = #program.shape<0, 0>} : (tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}
