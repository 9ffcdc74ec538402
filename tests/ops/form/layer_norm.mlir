// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @affine
// CHECK: vae.layer_norm %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32, #program.shape<"B", 8>>
func.func @affine(%x: tensor<?x8xf32, #program.shape<"B", 8>>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.layer_norm %x, %w, %b : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}

// CHECK-LABEL: @plain
// CHECK: vae.layer_norm %{{.*}} {eps = 1.000000e-03 : f64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
func.func @plain(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.layer_norm %x {eps = 1.000000e-03 : f64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
