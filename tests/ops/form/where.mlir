// RUN: vae-opt %s | vae-opt | FileCheck %s
// All three operands broadcast.

// CHECK-LABEL: @mask
// CHECK: vae.where %{{.*}}, %{{.*}}, %{{.*}} : tensor<8xf32>, tensor<4x1xf32>, tensor<f32>
func.func @mask(%c: tensor<8xf32>, %a: tensor<4x1xf32>, %b: tensor<f32>) -> tensor<4x8xf32> {
  %y = vae.where %c, %a, %b : tensor<8xf32>, tensor<4x1xf32>, tensor<f32>
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: @symbolic
func.func @symbolic(%c: tensor<f32>, %a: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.where %c, %a, %b : tensor<f32>, tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}
