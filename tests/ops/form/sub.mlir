// RUN: vae-opt %s | vae-opt | FileCheck %s
// Operands broadcast as in NumPy; the result's type in each `return` is the inferred one.

// CHECK-LABEL: @rows
// CHECK: vae.sub %{{.*}}, %{{.*}} : tensor<4x8xf32>, tensor<8xf32>
func.func @rows(%a: tensor<4x8xf32>, %b: tensor<8xf32>) -> tensor<4x8xf32> {
  %y = vae.sub %a, %b : tensor<4x8xf32>, tensor<8xf32>
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: @outer
func.func @outer(%a: tensor<4x1xf32>, %b: tensor<1x8xf32>) -> tensor<4x8xf32> {
  %y = vae.sub %a, %b : tensor<4x1xf32>, tensor<1x8xf32>
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: @symbolic
func.func @symbolic(%a: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<f32>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.sub %b, %a : tensor<f32>, tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}
