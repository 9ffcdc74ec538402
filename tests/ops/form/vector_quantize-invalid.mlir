// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @one(%z: tensor<4x8xf32>, %e: tensor<1x8xf32>) {
  // expected-error @below {{a codebook of 1 code; there are at least 2}}
  // expected-error @below {{failed to infer returned types}}
  %q, %k, %l = vae.vector_quantize %z, %e : (tensor<4x8xf32>, tensor<1x8xf32>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>)
  return
}

// -----

func.func @none(%z: tensor<4x8xf32>, %e: tensor<0x8xf32>) {
  // expected-error @below {{a codebook of 0 codes; there are at least 2}}
  // expected-error @below {{failed to infer returned types}}
  %q, %k, %l = vae.vector_quantize %z, %e : (tensor<4x8xf32>, tensor<0x8xf32>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>)
  return
}

// -----

func.func @shape(%z: tensor<4x8xf32>, %e: tensor<8xf32>) {
  // expected-error @below {{a codebook of [8]; it is [codes, width], both numbers}}
  // expected-error @below {{failed to infer returned types}}
  %q, %k, %l = vae.vector_quantize %z, %e : (tensor<4x8xf32>, tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>)
  return
}

// -----

func.func @width(%z: tensor<2x6x4x4xf32>, %e: tensor<32x8xf32>) {
  // expected-error @below {{vectors of 6 along axis 1 of [2, 6, 4, 4] and codes of 8; they are equally wide}}
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
  // expected-error @below {{with beta -1 and codebook_weight 1; neither is negative}}
  %q, %k, %l = vae.vector_quantize %z, %e {beta = -1.0 : f64} : (tensor<4x8xf32>, tensor<32x8xf32>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>)
  return
}
