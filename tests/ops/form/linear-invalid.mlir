// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @inner(%x: tensor<4x9xf32>, %w: tensor<16x8xf32>) {
  // expected-error @below {{linear of [4, 9] does not take a weight of [16, 8]; it is [out, in]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.linear %x, %w : (tensor<4x9xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @bias(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{linear with a weight of [16, 8] does not take a bias of [8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.linear %x, %w, %b : (tensor<4x8xf32>, tensor<16x8xf32>, tensor<8xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @result(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>) {
  // expected-error @below {{inferred type(s) 'tensor<4x16xf32>' are incompatible with return type(s) of operation 'tensor<4x8xf32>'}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.linear %x, %w : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x8xf32>
  return
}
