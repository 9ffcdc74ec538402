// RUN: vae-opt %s | vae-opt | FileCheck %s
// NaN wins; integers have an order, too.

// CHECK-LABEL: @rows
// CHECK: vae.amax %{{.*}} {axis = array<i64: -1>} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?xf32, #program.shape<"B">>
func.func @rows(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?xf32, #program.shape<"B">> {
  %y = vae.amax %x {axis = array<i64: -1>} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?xf32, #program.shape<"B">>
  return %y : tensor<?xf32, #program.shape<"B">>
}

// CHECK-LABEL: @keep
// CHECK: vae.amax %{{.*}} {axis = array<i64: 0, 2>, keep = true} : (tensor<2x3x4xf32>) -> tensor<1x3x1xf32>
func.func @keep(%x: tensor<2x3x4xf32>) -> tensor<1x3x1xf32> {
  %y = vae.amax %x {axis = array<i64: 0, 2>, keep = true} : (tensor<2x3x4xf32>) -> tensor<1x3x1xf32>
  return %y : tensor<1x3x1xf32>
}

// CHECK-LABEL: @integers
// CHECK: vae.amax %{{.*}} : (tensor<4xi32>) -> tensor<i32>
func.func @integers(%x: tensor<4xi32>) -> tensor<i32> {
  %y = vae.amax %x : (tensor<4xi32>) -> tensor<i32>
  return %y : tensor<i32>
}
