// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @shapes(%r: tensor<4xi32>, %mu: tensor<4x8xf32>, %logvar: tensor<4x7xf32>) {
  // expected-error @below {{`mu` is [4, 8] and `logvar` is [4, 7]; their shapes must be equal}}
  // expected-error @below {{failed to infer returned types}}
  %z = vae.reparameterize %r, %mu, %logvar : (tensor<4xi32>, tensor<4x8xf32>, tensor<4x7xf32>) -> tensor<4x8xf32>
  return
}
