// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --vae-decompose --cse | FileCheck %s --check-prefix=MEANING

// CHECK-LABEL: @doubled
// CHECK: vae.conv_transpose2d %{{.*}}, %{{.*}} to <"2*H", 8> {dilation = array<i64: 1, 1>, groups = 1 : i64, padding = array<i64: 1, 1, 1, 1>, stride = array<i64: 2, 2>}
// MEANING-LABEL: @doubled
// MEANING: %[[F:.*]] = vae.transpose %{{.*}} {axes = array<i64: 0, 2, 4, 5, 1, 3>} : {{.*}} -> tensor<1x1x4x4x16x16xf32>
// MEANING: vae.convolve %{{.*}}, %[[F]] to <"2*H", 8> {columns = #program.window<4, 1, -1, 1, 2, exact>, out = 3 : i64, rows = #program.window<4, 1, -1, 1, 2, exact>}
func.func @doubled(%x: tensor<?x16x?x4xf32, #program.shape<"B", 16, "H", 4>>, %w: tensor<16x3x4x4xf32>) -> tensor<?x3x?x8xf32, #program.shape<"B", 3, "2*H", 8>> {
  %y = vae.conv_transpose2d %x, %w to <"2*H", 8> {stride = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<?x16x?x4xf32, #program.shape<"B", 16, "H", 4>>, tensor<16x3x4x4xf32>) -> tensor<?x3x?x8xf32, #program.shape<"B", 3, "2*H", 8>>
  return %y : tensor<?x3x?x8xf32, #program.shape<"B", 3, "2*H", 8>>
}

// With a stride of one every tap hits; the window is walked backwards.
// MEANING-LABEL: @dense
// MEANING: vae.convolve {{.*}} to <4, 4> {columns = #program.window<3, 1, -1, 1, 1>, out = 3 : i64, rows = #program.window<3, 1, -1, 1, 1>}
func.func @dense(%x: tensor<2x16x4x4xf32>, %w: tensor<16x3x3x3xf32>) -> tensor<2x3x4x4xf32> {
  %y = vae.conv_transpose2d %x, %w to <4, 4> {stride = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x16x4x4xf32>, tensor<16x3x3x3xf32>) -> tensor<2x3x4x4xf32>
  return %y : tensor<2x3x4x4xf32>
}
