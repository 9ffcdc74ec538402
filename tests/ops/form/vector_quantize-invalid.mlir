// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @one(%z: tensor<4x8xf32>, %e: tensor<1x8xf32>) {
  // expected-error @below {{a codebook has at least 2 codes, not 1}}
  // expected-error @below {{failed to infer returned types}}
  %q, %k, %l = vae.vector_quantize %z, %e : (tensor<4x8xf32>, tensor<1x8xf32>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>)
  return
}

// -----

func.func @none(%z: tensor<4x8xf32>, %e: tensor<0x8xf32>) {
  // expected-error @below {{a codebook has at least 2 codes, not 0}}
  // expected-error @below {{failed to infer returned types}}
  %q, %k, %l = vae.vector_quantize %z, %e : (tensor<4x8xf32>, tensor<0x8xf32>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>)
  return
}

// -----

func.func @shape(%z: tensor<4x8xf32>, %e: tensor<8xf32>) {
  // expected-error @below {{a codebook is [codes, width], both numbers, not [8]}}
  // expected-error @below {{failed to infer returned types}}
  %q, %k, %l = vae.vector_quantize %z, %e : (tensor<4x8xf32>, tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>)
  return
}

// -----

func.func @width(%z: tensor<2x6x4x4xf32>, %e: tensor<32x8xf32>) {
  // expected-error @below {{vectors along axis 1 of [2, 6, 4, 4] have 6 numbers and codes 8; they must be equally wide}}
  // expected-error @below {{failed to infer returned types}}
  %q, %k, %l = vae.vector_quantize %z, %e : (tensor<2x6x4x4xf32>, tensor<32x8xf32>) -> (tensor<2x6x4x4xf32>, tensor<2x4x4xi32>, tensor<f32>)
  return
}

// -----

func.func @axis(%z: tensor<4x8xf32>, %e: tensor<32x8xf32>) {
  // expected-error @below {{axis 2 is outside [4, 8] of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %q, %k, %l = vae.vector_quantize %z, %e {axis = 2 : i64} : (tensor<4x8xf32>, tensor<32x8xf32>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>)
  return
}

// -----

func.func @elements(%z: tensor<4x8xf32>, %e: tensor<32x8xf64>) {
  // expected-error @below {{element types 'f32' and 'f64' do not mix}}
  // expected-error @below {{failed to infer returned types}}
  %q, %k, %l = vae.vector_quantize %z, %e : (tensor<4x8xf32>, tensor<32x8xf64>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>)
  return
}

// -----

func.func @negative(%z: tensor<4x8xf32>, %e: tensor<32x8xf32>) {
  // expected-error @below {{has beta -1 and codebook_weight 1; neither may be negative}}
  %q, %k, %l = vae.vector_quantize %z, %e {beta = -1.0 : f64} : (tensor<4x8xf32>, tensor<32x8xf32>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>)
  return
}
