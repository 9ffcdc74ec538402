// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --vae-decompose --cse | FileCheck %s --check-prefix=MEANING

// CHECK-LABEL: @doubled
// CHECK: vae.conv_transpose2d %{{.*}}, %{{.*}} {dilation = array<i64: 1, 1>, groups = 1 : i64, output_padding = array<i64: 0, 0>, padding = array<i64: 1, 1, 1, 1>, stride = array<i64: 2, 2>}
// MEANING-LABEL: @doubled
// MEANING: %[[P:.*]] = vae.matmul %{{.*}}, %{{.*}} {transpose_a = true}
// MEANING: vae.fold %[[P]] from <"H", 4> to <"2*H", 8>
func.func @doubled(%x: tensor<?x16x?x4xf32, #program.shape<"B", 16, "H", 4>>, %w: tensor<16x3x4x4xf32>) -> tensor<?x3x?x8xf32, #program.shape<"B", 3, "2*H", 8>> {
  %y = vae.conv_transpose2d %x, %w {stride = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, output_padding = array<i64: 0, 0>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<?x16x?x4xf32, #program.shape<"B", 16, "H", 4>>, tensor<16x3x4x4xf32>) -> tensor<?x3x?x8xf32, #program.shape<"B", 3, "2*H", 8>>
  return %y : tensor<?x3x?x8xf32, #program.shape<"B", 3, "2*H", 8>>
}

// With a stride of one no window's place is empty, and products are summed where they belong.
// MEANING-LABEL: @dense
// MEANING-DAG: vae.transpose %{{.*}} {axes = array<i64: 0, 2, 1, 3>}
// MEANING-DAG: %[[U:.*]] = vae.unfold %{{.*}} to <4, 4> {{.*}}transposed = true
// MEANING: vae.matmul %{{.*}}, %[[U]]
func.func @dense(%x: tensor<2x16x4x4xf32>, %w: tensor<16x3x3x3xf32>) -> tensor<2x3x4x4xf32> {
  %y = vae.conv_transpose2d %x, %w {stride = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, output_padding = array<i64: 0, 0>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x16x4x4xf32>, tensor<16x3x3x3xf32>) -> tensor<2x3x4x4xf32>
  return %y : tensor<2x3x4x4xf32>
}
