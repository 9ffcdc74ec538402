// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @matrix
// CHECK: vae.unpack %{{.*}} <panels32> : tensor<2x8x32xf32> to tensor<40x8xf32>
func.func @matrix(%x: tensor<2x8x32xf32>) -> tensor<40x8xf32> {
  %w = vae.unpack %x <panels32> : tensor<2x8x32xf32> to tensor<40x8xf32>
  return %w : tensor<40x8xf32>
}

// CHECK-LABEL: @filter
// CHECK: vae.unpack %{{.*}} <panels16> : tensor<2x2x3x3x8x16xf32> to tensor<2x20x3x3x8xf32>
func.func @filter(%x: tensor<2x2x3x3x8x16xf32>) -> tensor<2x20x3x3x8xf32> {
  %w = vae.unpack %x <panels16> : tensor<2x2x3x3x8x16xf32> to tensor<2x20x3x3x8xf32>
  return %w : tensor<2x20x3x3x8xf32>
}
