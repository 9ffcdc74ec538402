// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @middle
// CHECK: vae.stack %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x2x8xf32, #program.shape<"B", 2, 8>>
func.func @middle(%a: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x2x8xf32, #program.shape<"B", 2, 8>> {
  %y = vae.stack %a, %b {axis = 1 : i64} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x2x8xf32, #program.shape<"B", 2, 8>>
  return %y : tensor<?x2x8xf32, #program.shape<"B", 2, 8>>
}

// Negative axes count from the last of the result.
// CHECK-LABEL: @last
// CHECK: vae.stack %{{.*}}, %{{.*}} {axis = -1 : i64} : (tensor<4xi32>, tensor<4xi32>) -> tensor<4x2xi32>
func.func @last(%a: tensor<4xi32>) -> tensor<4x2xi32> {
  %y = vae.stack %a, %a {axis = -1 : i64} : (tensor<4xi32>, tensor<4xi32>) -> tensor<4x2xi32>
  return %y : tensor<4x2xi32>
}
