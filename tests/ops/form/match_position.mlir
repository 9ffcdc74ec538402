// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @rows
// CHECK: vae.match_position %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xi32>
func.func @rows(%x: tensor<4x8xf32>, %m: tensor<4x1xf32>) -> tensor<4x8xi32> {
  %y = vae.match_position %x, %m {axis = 1 : i64} : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xi32>
  return %y : tensor<4x8xi32>
}
