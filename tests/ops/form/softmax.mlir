// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @rows
// CHECK: vae.softmax %{{.*}} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>>
func.func @rows(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.softmax %x : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}

// CHECK-LABEL: @channels
// CHECK: vae.softmax %{{.*}} {axis = 0 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
func.func @channels(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.softmax %x {axis = 0 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
