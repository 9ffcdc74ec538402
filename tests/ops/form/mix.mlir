// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @channels
// CHECK: vae.mix %{{.*}}, %{{.*}} : (tensor<?x10x7xf32, #program.shape<"B", 10, 7>>, tensor<10x5xf32>) -> tensor<?x5x7xf32, #program.shape<"B", 5, 7>>
func.func @channels(%w: tensor<?x10x7xf32, #program.shape<"B", 10, 7>>, %t: tensor<10x5xf32>) -> tensor<?x5x7xf32, #program.shape<"B", 5, 7>> {
  %y = vae.mix %w, %t : (tensor<?x10x7xf32, #program.shape<"B", 10, 7>>, tensor<10x5xf32>) -> tensor<?x5x7xf32, #program.shape<"B", 5, 7>>
  return %y : tensor<?x5x7xf32, #program.shape<"B", 5, 7>>
}

// CHECK-LABEL: @last
// CHECK: vae.mix %{{.*}}, %{{.*}} {axis = -1 : i64} : (tensor<4x10xf32>, tensor<10x8xf32>) -> tensor<4x8xf32>
func.func @last(%w: tensor<4x10xf32>, %t: tensor<10x8xf32>) -> tensor<4x8xf32> {
  %y = vae.mix %w, %t {axis = -1 : i64} : (tensor<4x10xf32>, tensor<10x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
