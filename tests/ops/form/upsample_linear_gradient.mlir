// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @columns
// CHECK: vae.upsample_linear_gradient %{{.*}} {axis = 1 : i64, factor = 2 : i64} : (tensor<4x8xf32>) -> tensor<4x4xf32>
func.func @columns(%g: tensor<4x8xf32>) -> tensor<4x4xf32> {
  %y = vae.upsample_linear_gradient %g {axis = 1 : i64, factor = 2 : i64} : (tensor<4x8xf32>) -> tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}
