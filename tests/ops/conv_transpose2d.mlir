// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --vae-decompose --cse | FileCheck %s --check-prefix=MEANING

// CHECK-LABEL: @doubled
// CHECK: vae.conv_transpose2d %{{.*}}, %{{.*}} {dilation = array<i64: 1, 1>, groups = 1 : i64, output_padding = array<i64: 0, 0>, padding = array<i64: 1, 1, 1, 1>, stride = array<i64: 2, 2>}
// MEANING-LABEL: @doubled
// MEANING-DAG: vae.transpose %{{.*}} {axes = array<i64: 0, 2, 1, 3>}
// MEANING-DAG: %[[U:.*]] = vae.unfold %{{.*}} to <"2*H", 8> {{.*}}transposed = true
// MEANING: vae.matmul %{{.*}}, %[[U]]
func.func @doubled(%x: tensor<?x16x?x4xf32, #program.shape<"B", 16, "H", 4>>, %w: tensor<16x3x4x4xf32>) -> tensor<?x3x?x8xf32, #program.shape<"B", 3, "2*H", 8>> {
  %y = vae.conv_transpose2d %x, %w {stride = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, output_padding = array<i64: 0, 0>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<?x16x?x4xf32, #program.shape<"B", 16, "H", 4>>, tensor<16x3x4x4xf32>) -> tensor<?x3x?x8xf32, #program.shape<"B", 3, "2*H", 8>>
  return %y : tensor<?x3x?x8xf32, #program.shape<"B", 3, "2*H", 8>>
}
