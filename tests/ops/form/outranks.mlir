// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @each
// CHECK: vae.outranks %{{.*}}, %{{.*}} : (tensor<4x8x1xf32>, tensor<4x1x8xf32>) -> tensor<4x8x8xf32>
func.func @each(%a: tensor<4x8x1xf32>, %b: tensor<4x1x8xf32>) -> tensor<4x8x8xf32> {
  %m = vae.outranks %a, %b : (tensor<4x8x1xf32>, tensor<4x1x8xf32>) -> tensor<4x8x8xf32>
  return %m : tensor<4x8x8xf32>
}
