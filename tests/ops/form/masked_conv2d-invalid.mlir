// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @mask(%x: tensor<2x3x8x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{has a mask "C"; there are "A" and "B"}}
  %y = vae.masked_conv2d %x, %w {mask = "C", stride = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<2x16x8x8xf32>
  return
}

// -----

func.func @even(%x: tensor<2x3x8x8xf32>, %w: tensor<16x3x4x3xf32>) {
  // expected-error @below {{has a kernel of 4 by 3; its sides must be odd, so that it has a centre}}
  %y = vae.masked_conv2d %x, %w {mask = "A", stride = array<i64: 1, 1>, padding = array<i64: 1, 2, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x8x8xf32>, tensor<16x3x4x3xf32>) -> tensor<2x16x8x8xf32>
  return
}

// -----

func.func @channels(%x: tensor<2x3x8x8xf32>, %w: tensor<16x4x3x3xf32>) {
  // expected-error @below {{a convolution of [2, 3, 8, 8] in 1 groups does not take a weight of [16, 4, 3, 3]; it is [out, in / groups, height, width]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.masked_conv2d %x, %w {mask = "A", stride = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x8x8xf32>, tensor<16x4x3x3xf32>) -> tensor<2x16x8x8xf32>
  return
}
