// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @counts(%n: tensor<32xf32>, %m: tensor<32x8xf32>, %t: tensor<f32>) {
  // expected-error @below {{a codebook has sums [codes, width] and counts [codes, 1], not [32, 8] and [32]}}
  // expected-error @below {{failed to infer returned types}}
  %e, %m2 = vae.codebook_ema %m, %n, %n, %m, %m, %t, %t : (tensor<32x8xf32>, tensor<32xf32>, tensor<32xf32>, tensor<32x8xf32>, tensor<32x8xf32>, tensor<f32>, tensor<f32>) -> (tensor<32x8xf32>, tensor<32x8xf32>)
  return
}

// -----

func.func @vectors(%n: tensor<32x1xf32>, %m: tensor<32x8xf32>, %t: tensor<f32>, %v: tensor<100x7xf32>) {
  // expected-error @below {{a codebook reseeds from vectors [vectors, width] by draws [codes, 1]}}
  // expected-error @below {{failed to infer returned types}}
  %e, %m2 = vae.codebook_ema %m, %n, %n, %m, %m, %t, %t, %v, %n : (tensor<32x8xf32>, tensor<32x1xf32>, tensor<32x1xf32>, tensor<32x8xf32>, tensor<32x8xf32>, tensor<f32>, tensor<f32>, tensor<100x7xf32>, tensor<32x1xf32>) -> (tensor<32x8xf32>, tensor<32x8xf32>)
  return
}
