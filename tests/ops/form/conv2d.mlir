// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --vae-decompose --cse | FileCheck %s --check-prefix=MEANING

// CHECK-LABEL: @strided
// CHECK: vae.conv2d %{{.*}}, %{{.*}}, %{{.*}} {dilation = array<i64: 1, 1>, groups = 1 : i64, padding = array<i64: 1, 1, 1, 1>, stride = array<i64: 2, 2>}
// MEANING-LABEL: @strided
// MEANING-DAG: %[[F:.*]] = vae.transpose %{{.*}} {axes = array<i64: 0, 1, 4, 5, 3, 2>} : {{.*}} -> tensor<1x1x4x4x3x16xf32>
// MEANING-DAG: %[[X:.*]] = vae.transpose %{{.*}} {axes = array<i64: 0, 2, 3, 1>}
// MEANING: %[[Y:.*]] = vae.convolve %[[X]], %[[F]] to <"floor(H/2)", 4> {columns = #program.window<4, 2, 1, -1, 1>, out = 16 : i64, rows = #program.window<4, 2, 1, -1, 1>}
// MEANING: %[[A:.*]] = vae.add %[[Y]]
// MEANING: vae.transpose %[[A]] {axes = array<i64: 0, 3, 1, 2>}
func.func @strided(%x: tensor<?x3x?x8xf32, #program.shape<"B", 3, "H", 8>>, %w: tensor<16x3x4x4xf32>, %b: tensor<16xf32>) -> tensor<?x16x?x4xf32, #program.shape<"B", 16, "floor(H/2)", 4>> {
  %y = vae.conv2d %x, %w, %b {stride = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<?x3x?x8xf32, #program.shape<"B", 3, "H", 8>>, tensor<16x3x4x4xf32>, tensor<16xf32>) -> tensor<?x16x?x4xf32, #program.shape<"B", 16, "floor(H/2)", 4>>
  return %y : tensor<?x16x?x4xf32, #program.shape<"B", 16, "floor(H/2)", 4>>
}

// A size is rounded down where that is one size for all runs: floor((4 * H - 1) / 2) + 1 is 2 * H.
// CHECK-LABEL: @rounded
func.func @rounded(%x: tensor<2x3x?x7xf32, #program.shape<2, 3, "4*H", 7>>, %w: tensor<5x3x3x2xf32>) -> tensor<2x5x?x4xf32, #program.shape<2, 5, "2*H", 4>> {
  %y = vae.conv2d %x, %w {stride = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 0>, dilation = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<2x3x?x7xf32, #program.shape<2, 3, "4*H", 7>>, tensor<5x3x3x2xf32>) -> tensor<2x5x?x4xf32, #program.shape<2, 5, "2*H", 4>>
  return %y : tensor<2x5x?x4xf32, #program.shape<2, 5, "2*H", 4>>
}

// Each group's filter is filled with zeros to a whole panel.
// MEANING-LABEL: @pointwise
// MEANING: %[[Z:.*]] = vae.fill <2, 13, 2, 1, 1>
// MEANING: vae.concat %{{.*}}, %[[Z]] {axis = 1 : i64}
// MEANING: vae.convolve {{.*}}, tensor<2x1x1x1x2x16xf32>) -> tensor<2x5x5x6xf32>
func.func @pointwise(%x: tensor<2x4x5x5xf32>, %w: tensor<6x2x1x1xf32>) -> tensor<2x6x5x5xf32> {
  %y = vae.conv2d %x, %w {stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilation = array<i64: 1, 1>, groups = 2 : i64}
      : (tensor<2x4x5x5xf32>, tensor<6x2x1x1xf32>) -> tensor<2x6x5x5xf32>
  return %y : tensor<2x6x5x5xf32>
}
