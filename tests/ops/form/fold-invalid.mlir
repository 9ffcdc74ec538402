// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @windows(%x: tensor<2x1x48x16xf32>) {
  // expected-error @below {{fold of [2, 1, 48, 16] from [4, 5] windows of 16 taps to [8, 8]; it takes [B, groups, channels * taps, windows]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.fold %x from <4, 5> to <8, 8> {kernel = array<i64: 4, 4>, stride = array<i64: 2, 2>, padding = array<i64: 1, 1>} : (tensor<2x1x48x16xf32>) -> tensor<2x3x8x8xf32>
  return
}

// -----

func.func @taps(%x: tensor<2x1x48x16xf32>) {
  // expected-error @below {{fold of [2, 1, 48, 16] from [4, 4] windows of 9 taps to [8, 8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.fold %x from <4, 4> to <8, 8> {kernel = array<i64: 3, 3>, stride = array<i64: 2, 2>, padding = array<i64: 1, 1>} : (tensor<2x1x48x16xf32>) -> tensor<2x3x8x8xf32>
  return
}

// -----

func.func @stride(%x: tensor<2x1x48x16xf32>) {
  // expected-error @below {{a convolution's stride is 0; it is at least 1}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.fold %x from <4, 4> to <8, 8> {kernel = array<i64: 4, 4>, stride = array<i64: 0, 2>, padding = array<i64: 1, 1>} : (tensor<2x1x48x16xf32>) -> tensor<2x3x8x8xf32>
  return
}
