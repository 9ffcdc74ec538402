// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @soft
// CHECK: vae.gumbel_softmax %{{.*}}, %{{.*}}, %{{.*}} {site = 0 : i64} : (tensor<4xi32>, tensor<?x8xf32, #program.shape<"B", 8>>, tensor<f32>) -> tensor<?x8xf32, #program.shape<"B", 8>>
func.func @soft(%r: tensor<4xi32>, %a: tensor<?x8xf32, #program.shape<"B", 8>>, %t: tensor<f32>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.gumbel_softmax %r, %a, %t {site = 0 : i64} : (tensor<4xi32>, tensor<?x8xf32, #program.shape<"B", 8>>, tensor<f32>) -> tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}

// CHECK-LABEL: @hard
// CHECK: vae.gumbel_softmax %{{.*}}, %{{.*}}, %{{.*}} {axis = 1 : i64, hard = true} : (tensor<4xi32>, tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
func.func @hard(%r: tensor<4xi32>, %a: tensor<4x8xf32>, %t: tensor<f32>) -> tensor<4x8xf32> {
  %y = vae.gumbel_softmax %r, %a, %t {axis = 1 : i64, hard = true} : (tensor<4xi32>, tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
