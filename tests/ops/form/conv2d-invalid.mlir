// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @channels(%x: tensor<2x3x8x8xf32>, %w: tensor<16x4x3x3xf32>) {
  // expected-error @below {{a convolution of [2, 3, 8, 8] in 1 groups does not take a weight of [16, 4, 3, 3]; it is [out, in / groups, height, width]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.conv2d %x, %w {stride = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x8x8xf32>, tensor<16x4x3x3xf32>) -> tensor<2x16x8x8xf32>
  return
}

// -----

func.func @groups(%x: tensor<2x4x8x8xf32>, %w: tensor<15x2x3x3xf32>) {
  // expected-error @below {{a convolution of [2, 4, 8, 8] in 2 groups does not take a weight of [15, 2, 3, 3]; it is [out, in / groups, height, width]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.conv2d %x, %w {stride = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 2 : i64}
      : (tensor<2x4x8x8xf32>, tensor<15x2x3x3xf32>) -> tensor<2x15x8x8xf32>
  return
}

// -----

func.func @bias(%x: tensor<2x3x8x8xf32>, %w: tensor<16x3x3x3xf32>, %b: tensor<3xf32>) {
  // expected-error @below {{a convolution to 16 channels does not take a bias of [3]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.conv2d %x, %w, %b {stride = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x8x8xf32>, tensor<16x3x3x3xf32>, tensor<3xf32>) -> tensor<2x16x8x8xf32>
  return
}

// -----

func.func @stride(%x: tensor<2x3x8x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{a convolution's stride is 0; it must be at least 1}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.conv2d %x, %w {stride = array<i64: 1, 0>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<2x16x8x8xf32>
  return
}

// -----

func.func @padding(%x: tensor<2x3x8x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{a convolution's padding has 2 numbers in place of 4}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.conv2d %x, %w {stride = array<i64: 1, 1>, padding = array<i64: 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<2x16x8x8xf32>
  return
}

// -----

func.func @nothing(%x: tensor<2x3x2x8xf32>, %w: tensor<16x3x3x3xf32>) {
  // expected-error @below {{a convolution of [2, 3, 2, 8] with a kernel of 3 by 3 leaves [2, 16, 0, 6]; sizes must be positive}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.conv2d %x, %w {stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x2x8xf32>, tensor<16x3x3x3xf32>) -> tensor<2x16x1x6xf32>
  return
}
