// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @picture
// CHECK: vae.pad %{{.*}} {padding = array<i64: 1, 2, 3, 0>} : (tensor<?x3x5x7xf32, #program.shape<"B", 3, 5, 7>>) -> tensor<?x3x8x10xf32, #program.shape<"B", 3, 8, 10>>
func.func @picture(%x: tensor<?x3x5x7xf32, #program.shape<"B", 3, 5, 7>>) -> tensor<?x3x8x10xf32, #program.shape<"B", 3, 8, 10>> {
  %y = vae.pad %x {padding = array<i64: 1, 2, 3, 0>} : (tensor<?x3x5x7xf32, #program.shape<"B", 3, 5, 7>>) -> tensor<?x3x8x10xf32, #program.shape<"B", 3, 8, 10>>
  return %y : tensor<?x3x8x10xf32, #program.shape<"B", 3, 8, 10>>
}

// CHECK-LABEL: @batch
// CHECK: vae.pad %{{.*}} {padding = array<i64: 1, 0, 0, 0>, value = 2.000000e+00 : f64} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B + 1", 8>>
func.func @batch(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B + 1", 8>> {
  %y = vae.pad %x {padding = array<i64: 1, 0, 0, 0>, value = 2.000000e+00 : f64} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B + 1", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B + 1", 8>>
}

// CHECK-LABEL: @reflected
// CHECK: vae.pad %{{.*}} {mode = "reflect", padding = array<i64: 7, 2>} : (tensor<4x8xf32>) -> tensor<4x17xf32>
func.func @reflected(%x: tensor<4x8xf32>) -> tensor<4x17xf32> {
  %y = vae.pad %x {mode = "reflect", padding = array<i64: 7, 2>} : (tensor<4x8xf32>) -> tensor<4x17xf32>
  return %y : tensor<4x17xf32>
}
