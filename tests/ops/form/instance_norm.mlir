// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @affine
// CHECK: vae.instance_norm %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>
func.func @affine(%x: tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>> {
  %y = vae.instance_norm %x, %w, %b : (tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>
  return %y : tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>
}

// CHECK-LABEL: @plain
// CHECK: vae.instance_norm %{{.*}} {eps = 1.000000e-03 : f64} : (tensor<4x8x3xf32>) -> tensor<4x8x3xf32>
func.func @plain(%x: tensor<4x8x3xf32>) -> tensor<4x8x3xf32> {
  %y = vae.instance_norm %x {eps = 1.000000e-03 : f64} : (tensor<4x8x3xf32>) -> tensor<4x8x3xf32>
  return %y : tensor<4x8x3xf32>
}
