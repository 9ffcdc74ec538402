// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @norms(%z: tensor<4x8xf32>, %e: tensor<32x8xf32>, %n: tensor<8xf32>) {
  // expected-error @below {{nearest codes of [4, 8] are not found in a codebook of [32, 8] with norms [8]}}
  // expected-error @below {{failed to infer returned types}}
  %q, %k, %r = vae.nearest_code %z, %e, %n : (tensor<4x8xf32>, tensor<32x8xf32>, tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<4xf32>)
  return
}
