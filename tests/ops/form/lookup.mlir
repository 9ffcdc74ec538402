// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @channels
// CHECK: vae.lookup %{{.*}}, %{{.*}} : (tensor<?x7xi32, #program.shape<"B", 7>>, tensor<5x10xf32>) -> tensor<?x10x7xf32, #program.shape<"B", 10, 7>>
func.func @channels(%k: tensor<?x7xi32, #program.shape<"B", 7>>, %t: tensor<5x10xf32>) -> tensor<?x10x7xf32, #program.shape<"B", 10, 7>> {
  %y = vae.lookup %k, %t : (tensor<?x7xi32, #program.shape<"B", 7>>, tensor<5x10xf32>) -> tensor<?x10x7xf32, #program.shape<"B", 10, 7>>
  return %y : tensor<?x10x7xf32, #program.shape<"B", 10, 7>>
}

// CHECK-LABEL: @last
// CHECK: vae.lookup %{{.*}}, %{{.*}} {axis = -1 : i64} : (tensor<4x7xi32>, tensor<4x8xf32>) -> tensor<4x7x8xf32>
func.func @last(%k: tensor<4x7xi32>, %t: tensor<4x8xf32>) -> tensor<4x7x8xf32> {
  %y = vae.lookup %k, %t {axis = -1 : i64} : (tensor<4x7xi32>, tensor<4x8xf32>) -> tensor<4x7x8xf32>
  return %y : tensor<4x7x8xf32>
}
