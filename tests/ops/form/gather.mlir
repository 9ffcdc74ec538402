// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @one
// CHECK: vae.gather %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<?x?x3xf32, #program.shape<"B", "H", 3>>, tensor<i32>) -> tensor<?x3xf32, #program.shape<"B", 3>>
func.func @one(%x: tensor<?x?x3xf32, #program.shape<"B", "H", 3>>, %i: tensor<i32>) -> tensor<?x3xf32, #program.shape<"B", 3>> {
  %y = vae.gather %x, %i {axis = 1 : i64} : (tensor<?x?x3xf32, #program.shape<"B", "H", 3>>, tensor<i32>) -> tensor<?x3xf32, #program.shape<"B", 3>>
  return %y : tensor<?x3xf32, #program.shape<"B", 3>>
}

// CHECK-LABEL: @many
// CHECK: vae.gather %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<4x9x3xi32>, tensor<?x2xi32, #program.shape<"B", 2>>) -> tensor<4x?x2x3xi32, #program.shape<4, "B", 2, 3>>
func.func @many(%x: tensor<4x9x3xi32>, %i: tensor<?x2xi32, #program.shape<"B", 2>>) -> tensor<4x?x2x3xi32, #program.shape<4, "B", 2, 3>> {
  %y = vae.gather %x, %i {axis = 1 : i64} : (tensor<4x9x3xi32>, tensor<?x2xi32, #program.shape<"B", 2>>) -> tensor<4x?x2x3xi32, #program.shape<4, "B", 2, 3>>
  return %y : tensor<4x?x2x3xi32, #program.shape<4, "B", 2, 3>>
}
