// RUN: vae-opt %s | vae-opt | FileCheck %s
// The four orientations, and leading axes.

// CHECK-LABEL: @nn
// CHECK: vae.matmul %{{.*}}, %{{.*}} : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
func.func @nn(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>) -> tensor<4x16xf32> {
  %y = vae.matmul %a, %b : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  return %y : tensor<4x16xf32>
}

// CHECK-LABEL: @nt
// CHECK: vae.matmul %{{.*}}, %{{.*}} {transpose_b = true}
func.func @nt(%a: tensor<4x8xf32>, %b: tensor<16x8xf32>) -> tensor<4x16xf32> {
  %y = vae.matmul %a, %b {transpose_b = true} : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
  return %y : tensor<4x16xf32>
}

// CHECK-LABEL: @tn
// CHECK: vae.matmul %{{.*}}, %{{.*}} {transpose_a = true}
func.func @tn(%a: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<?x16xf32, #program.shape<"B", 16>>) -> tensor<8x16xf32> {
  %y = vae.matmul %a, %b {transpose_a = true} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x16xf32, #program.shape<"B", 16>>) -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// CHECK-LABEL: @tt
// CHECK: vae.matmul %{{.*}}, %{{.*}} {transpose_a = true, transpose_b = true}
func.func @tt(%a: tensor<8x4xf32>, %b: tensor<16x8xf32>) -> tensor<4x16xf32> {
  %y = vae.matmul %a, %b {transpose_a = true, transpose_b = true} : (tensor<8x4xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
  return %y : tensor<4x16xf32>
}

// CHECK-LABEL: @batch
func.func @batch(%a: tensor<2x4x8xf32>, %b: tensor<2x8x16xf32>) -> tensor<2x4x16xf32> {
  %y = vae.matmul %a, %b : (tensor<2x4x8xf32>, tensor<2x8x16xf32>) -> tensor<2x4x16xf32>
  return %y : tensor<2x4x16xf32>
}

// CHECK-LABEL: @chosen
// CHECK: vae.matmul %{{.*}}, %{{.*}} {chooses, transpose_a = true}
func.func @chosen(%a: tensor<9x8xf32>, %b: tensor<9x16xf32>) -> tensor<8x16xf32> {
  %y = vae.matmul %a, %b {transpose_a = true, chooses} : (tensor<9x8xf32>, tensor<9x16xf32>) -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}
