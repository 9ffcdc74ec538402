// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @channels(%x: tensor<2x3x8x8xf32>, %w: tensor<4x16x3x3xf32>) {
  // expected-error @below {{a convolution of [2, 3, 8, 8] in 1 groups does not take a weight of [4, 16, 3, 3]; it is [in, out / groups, height, width]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.conv_transpose2d %x, %w to <8, 8> {stride = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x8x8xf32>, tensor<4x16x3x3xf32>) -> tensor<2x16x8x8xf32>
  return
}

// -----

func.func @extra(%x: tensor<2x3x8x8xf32>, %w: tensor<3x16x3x3xf32>) {
  // expected-error @below {{no transposed convolution makes height and width [15, 17] of [2, 3, 8, 8] with strides of 2 and 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.conv_transpose2d %x, %w to <15, 17> {stride = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x8x8xf32>, tensor<3x16x3x3xf32>) -> tensor<2x16x8x8xf32>
  return
}

// -----

func.func @nothing(%x: tensor<2x3x1x8xf32>, %w: tensor<3x16x1x1xf32>) {
  // expected-error @below {{a convolution of [2, 3, 1, 8] with a kernel of 1 by 1 leaves [2, 16, -1, 8]; sizes must be positive}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.conv_transpose2d %x, %w to <-1, 8> {stride = array<i64: 1, 1>, padding = array<i64: 1, 1, 0, 0>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x1x8xf32>, tensor<3x16x1x1xf32>) -> tensor<2x16x8x8xf32>
  return
}
