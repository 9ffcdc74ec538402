// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @pixels
// CHECK: vae.cross_entropy %{{.*}}, %{{.*}} : (tensor<?x10x7xf32, #program.shape<"B", 10, 7>>, tensor<?x7xi32, #program.shape<"B", 7>>) -> tensor<f32>
func.func @pixels(%a: tensor<?x10x7xf32, #program.shape<"B", 10, 7>>, %k: tensor<?x7xi32, #program.shape<"B", 7>>) -> tensor<f32> {
  %y = vae.cross_entropy %a, %k : (tensor<?x10x7xf32, #program.shape<"B", 10, 7>>, tensor<?x7xi32, #program.shape<"B", 7>>) -> tensor<f32>
  return %y : tensor<f32>
}

// CHECK-LABEL: @last
// CHECK: vae.cross_entropy %{{.*}}, %{{.*}} {axis = -1 : i64, reduction = "none"} : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<4xf32>
func.func @last(%a: tensor<4x8xf32>, %k: tensor<4xi32>) -> tensor<4xf32> {
  %y = vae.cross_entropy %a, %k {axis = -1 : i64, reduction = "none"} : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
