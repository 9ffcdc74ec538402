// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @rows
// CHECK: vae.linear %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<16x8xf32>, tensor<16xf32>) -> tensor<?x16xf32, #program.shape<"B", 16>>
func.func @rows(%x: tensor<?x8xf32, #program.shape<"B", 8>>, %w: tensor<16x8xf32>, %b: tensor<16xf32>) -> tensor<?x16xf32, #program.shape<"B", 16>> {
  %y = vae.linear %x, %w, %b : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<16x8xf32>, tensor<16xf32>) -> tensor<?x16xf32, #program.shape<"B", 16>>
  return %y : tensor<?x16xf32, #program.shape<"B", 16>>
}

// Without a bias; leading axes pass through.
// CHECK-LABEL: @leading
// CHECK: vae.linear %{{.*}}, %{{.*}} : (tensor<2x3x8xf32>, tensor<16x8xf32>) -> tensor<2x3x16xf32>
func.func @leading(%x: tensor<2x3x8xf32>, %w: tensor<16x8xf32>) -> tensor<2x3x16xf32> {
  %y = vae.linear %x, %w : (tensor<2x3x8xf32>, tensor<16x8xf32>) -> tensor<2x3x16xf32>
  return %y : tensor<2x3x16xf32>
}

// CHECK-LABEL: @vector
func.func @vector(%x: tensor<8xf32>, %w: tensor<16x8xf32>) -> tensor<16xf32> {
  %y = vae.linear %x, %w : (tensor<8xf32>, tensor<16x8xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}
