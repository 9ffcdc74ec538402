// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @layer
// CHECK: %[[Y:.*]] = vae.group {
// CHECK:   vae.yield %{{.*}} : tensor<4x16xf32>
// CHECK: } : tensor<4x16xf32>
// CHECK: return %[[Y]]
func.func @layer(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %b: tensor<16xf32>) -> tensor<4x16xf32> {
  %y = vae.group {
    %p = vae.matmul %x, %w {transpose_b = true} : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
    %s = vae.add %p, %b : tensor<4x16xf32>, tensor<16xf32>
    vae.yield %s : tensor<4x16xf32>
  } : tensor<4x16xf32>
  return %y : tensor<4x16xf32>
}
