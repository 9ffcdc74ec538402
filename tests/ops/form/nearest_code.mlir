// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @columns
// CHECK: vae.nearest_code %{{.*}}, %{{.*}}, %{{.*}} {transposed = true} : (tensor<?x8x16xf32, #program.shape<"B", 8, 16>>, tensor<32x8xf32>, tensor<32xf32>) -> (tensor<?x8x16xf32, #program.shape<"B", 8, 16>>, tensor<?x16xi32, #program.shape<"B", 16>>, tensor<?x16xf32, #program.shape<"B", 16>>)
func.func @columns(%z: tensor<?x8x16xf32, #program.shape<"B", 8, 16>>, %e: tensor<32x8xf32>, %n: tensor<32xf32>) -> tensor<?x16xi32, #program.shape<"B", 16>> {
  %q, %k, %r = vae.nearest_code %z, %e, %n {transposed = true} : (tensor<?x8x16xf32, #program.shape<"B", 8, 16>>, tensor<32x8xf32>, tensor<32xf32>) -> (tensor<?x8x16xf32, #program.shape<"B", 8, 16>>, tensor<?x16xi32, #program.shape<"B", 16>>, tensor<?x16xf32, #program.shape<"B", 16>>)
  return %k : tensor<?x16xi32, #program.shape<"B", 16>>
}

// CHECK-LABEL: @rows
// CHECK: vae.nearest_code %{{.*}}, %{{.*}}, %{{.*}} : (tensor<4x8xf32>, tensor<32x8xf32>, tensor<32xf32>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<4xf32>)
func.func @rows(%z: tensor<4x8xf32>, %e: tensor<32x8xf32>, %n: tensor<32xf32>) -> tensor<4xf32> {
  %q, %k, %r = vae.nearest_code %z, %e, %n : (tensor<4x8xf32>, tensor<32x8xf32>, tensor<32xf32>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<4xf32>)
  return %r : tensor<4xf32>
}
