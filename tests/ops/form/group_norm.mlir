// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @affine
// CHECK: vae.group_norm %{{.*}}, %{{.*}}, %{{.*}} {groups = 2 : i64} : (tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>
func.func @affine(%x: tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>> {
  %y = vae.group_norm %x, %w, %b {groups = 2 : i64} : (tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>
  return %y : tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>
}

// CHECK-LABEL: @plain
// CHECK: vae.group_norm %{{.*}} {eps = 1.000000e-03 : f64, groups = 8 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
func.func @plain(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.group_norm %x {eps = 1.000000e-03 : f64, groups = 8 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
