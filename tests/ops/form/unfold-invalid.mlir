// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @groups(%x: tensor<2x3x4x4xf32>) {
  // expected-error @below {{unfold of [2, 3, 4, 4] to [4, 4] in 2 groups; it takes [B, C, H, W] to two sizes, and groups divide C}}
  // expected-error @below {{failed to infer returned types}}
  %u = vae.unfold %x to <4, 4> {kernel = array<i64: 1, 1>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0>, dilation = array<i64: 1, 1>, groups = 2 : i64}
      : (tensor<2x3x4x4xf32>) -> tensor<2x1x3x16xf32>
  return
}

// -----

func.func @kernel(%x: tensor<2x3x4x4xf32>) {
  // expected-error @below {{a convolution's kernel is 0; it is at least 1}}
  // expected-error @below {{failed to infer returned types}}
  %u = vae.unfold %x to <4, 4> {kernel = array<i64: 0, 1>, stride = array<i64: 1, 1>, padding = array<i64: 0, 0>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x4x4xf32>) -> tensor<2x1x3x16xf32>
  return
}
