// RUN: vae-opt %s | vae-opt | FileCheck %s
// The result has the operand's type; a scalar and run-time sizes are as good as any shape.

// CHECK-LABEL: @static
// CHECK: vae.round %{{.*}} : tensor<4x8xf32>
func.func @static(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.round %x : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: @symbolic
// CHECK: vae.round %{{.*}} : tensor<?x8xf32, #program.shape<"B", 8>>
func.func @symbolic(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.round %x : tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}
