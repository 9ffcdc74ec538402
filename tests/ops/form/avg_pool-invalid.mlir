// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @kernel(%x: tensor<3x5x5xf32>) {
  // expected-error @below {{avg_pool has kernel 17 and stride 1; a kernel must be from 1 to 16 and a stride positive}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.avg_pool %x {kernel = 17 : i64, stride = 1 : i64} : (tensor<3x5x5xf32>) -> tensor<3x1x1xf32>
  return
}

// -----

func.func @stride(%x: tensor<3x5x5xf32>) {
  // expected-error @below {{avg_pool has kernel 2 and stride 0; a kernel must be from 1 to 16 and a stride positive}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.avg_pool %x {kernel = 2 : i64, stride = 0 : i64} : (tensor<3x5x5xf32>) -> tensor<3x1x1xf32>
  return
}

// -----

func.func @small(%x: tensor<3x5x5xf32>) {
  // expected-error @below {{avg_pool has kernel 6, which is larger than [3, 5, 5]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.avg_pool %x {kernel = 6 : i64, stride = 1 : i64} : (tensor<3x5x5xf32>) -> tensor<3x1x1xf32>
  return
}

// -----

func.func @vector(%x: tensor<8xf32>) {
  // expected-error @below {{avg_pool takes tensors with a height and a width, not [8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.avg_pool %x {kernel = 2 : i64, stride = 1 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  return
}
