// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @integers
// CHECK: vae.mod %{{.*}}, %{{.*}} : tensor<?xi32, #program.shape<"B">>, tensor<i32>
func.func @integers(%a: tensor<?xi32, #program.shape<"B">>, %b: tensor<i32>) -> tensor<?xi32, #program.shape<"B">> {
  %y = vae.mod %a, %b : tensor<?xi32, #program.shape<"B">>, tensor<i32>
  return %y : tensor<?xi32, #program.shape<"B">>
}

// CHECK-LABEL: @floats
// CHECK: vae.mod %{{.*}}, %{{.*}} : tensor<4x8xf32>, tensor<8xf32>
func.func @floats(%a: tensor<4x8xf32>, %b: tensor<8xf32>) -> tensor<4x8xf32> {
  %y = vae.mod %a, %b : tensor<4x8xf32>, tensor<8xf32>
  return %y : tensor<4x8xf32>
}
