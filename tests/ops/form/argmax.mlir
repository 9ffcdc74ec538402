// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @rows
// CHECK: vae.argmax %{{.*}} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?xi32, #program.shape<"B">>
func.func @rows(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?xi32, #program.shape<"B">> {
  %y = vae.argmax %x : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?xi32, #program.shape<"B">>
  return %y : tensor<?xi32, #program.shape<"B">>
}

// CHECK-LABEL: @columns
// CHECK: vae.argmax %{{.*}} {axis = 0 : i64} : (tensor<4x8xf32>) -> tensor<8xi32>
func.func @columns(%x: tensor<4x8xf32>) -> tensor<8xi32> {
  %y = vae.argmax %x {axis = 0 : i64} : (tensor<4x8xf32>) -> tensor<8xi32>
  return %y : tensor<8xi32>
}
