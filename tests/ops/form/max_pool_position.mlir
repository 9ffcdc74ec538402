// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @picture
// CHECK: vae.max_pool_position %{{.*}} {kernel = 2 : i64, stride = 2 : i64} : (tensor<?x3x5x7xf32, #program.shape<"B", 3, 5, 7>>) -> tensor<?x3x2x3xi32, #program.shape<"B", 3, 2, 3>>
func.func @picture(%x: tensor<?x3x5x7xf32, #program.shape<"B", 3, 5, 7>>) -> tensor<?x3x2x3xi32, #program.shape<"B", 3, 2, 3>> {
  %y = vae.max_pool_position %x {kernel = 2 : i64, stride = 2 : i64} : (tensor<?x3x5x7xf32, #program.shape<"B", 3, 5, 7>>) -> tensor<?x3x2x3xi32, #program.shape<"B", 3, 2, 3>>
  return %y : tensor<?x3x2x3xi32, #program.shape<"B", 3, 2, 3>>
}

// CHECK-LABEL: @overlap
// CHECK: vae.max_pool_position %{{.*}} {kernel = 3 : i64, stride = 1 : i64} : (tensor<3x5x5xf32>) -> tensor<3x3x3xi32>
func.func @overlap(%x: tensor<3x5x5xf32>) -> tensor<3x3x3xi32> {
  %y = vae.max_pool_position %x {kernel = 3 : i64, stride = 1 : i64} : (tensor<3x5x5xf32>) -> tensor<3x3x3xi32>
  return %y : tensor<3x3x3xi32>
}
