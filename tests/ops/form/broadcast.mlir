// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: @rows
// CHECK: vae.broadcast %{{.*}} to <"B", 8> : (tensor<8xf32>) -> tensor<?x8xf32, #program.shape<"B", 8>>
func.func @rows(%x: tensor<8xf32>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.broadcast %x to <"B", 8> : (tensor<8xf32>) -> tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}

// CHECK-LABEL: @integers
func.func @integers(%x: tensor<4x1xi32>) -> tensor<4x8xi32> {
  %y = vae.broadcast %x to <4, 8> : (tensor<4x1xi32>) -> tensor<4x8xi32>
  return %y : tensor<4x8xi32>
}

// FOLD-LABEL: @same
// FOLD-NOT: vae.broadcast
func.func @same(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = vae.broadcast %x to <8> : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
