// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --vae-decompose=keep-differentiable | FileCheck %s --check-prefix=MEANING

// CHECK-LABEL: @first
// CHECK: vae.masked_conv2d %{{.*}}, %{{.*}} {dilation = array<i64: 1, 1>, groups = 1 : i64, mask = "A", padding = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>}
// MEANING-LABEL: @first
// MEANING: %[[MASK:.*]] = vae.constant dense<{{\[}}[1.000000e+00, 1.000000e+00, 1.000000e+00], [1.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00, 0.000000e+00]]>
// MEANING: %[[ZERO:.*]] = vae.constant dense<0.000000e+00>
// MEANING: %[[W:.*]] = vae.where %[[MASK]], %{{.*}}, %[[ZERO]]
// MEANING: vae.conv2d %{{.*}}, %[[W]]
func.func @first(%x: tensor<2x3x8x8xf32>, %w: tensor<16x3x3x3xf32>) -> tensor<2x16x8x8xf32> {
  %y = vae.masked_conv2d %x, %w {mask = "A", stride = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<2x16x8x8xf32>
  return %y : tensor<2x16x8x8xf32>
}

// MEANING-LABEL: @later
// MEANING: vae.constant dense<{{\[}}[1.000000e+00, 1.000000e+00, 0.000000e+00]]>
func.func @later(%x: tensor<2x3x8x8xf32>, %w: tensor<16x3x1x3xf32>) -> tensor<2x16x8x8xf32> {
  %y = vae.masked_conv2d %x, %w {mask = "B", stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x8x8xf32>, tensor<16x3x1x3xf32>) -> tensor<2x16x8x8xf32>
  return %y : tensor<2x16x8x8xf32>
}
