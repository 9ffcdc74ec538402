// RUN: vae-opt %s | vae-opt | FileCheck %s
// A filter in panels over windows of a picture: strides, groups, transposed and enlarging windows, sizes known at run time.

// CHECK-LABEL: @same
func.func @same(%x: tensor<?x?x?x8xf32, #program.shape<"B", "H", "W", 8>>, %f: tensor<1x2x3x3x8x16xf32>) -> tensor<?x?x?x20xf32, #program.shape<"B", "H", "W", 20>> {
  // CHECK: vae.convolve %{{.*}}, %{{.*}} to <"H", "W"> {columns = #program.window<3, 1, 1, -1, 1>, out = 20 : i64, rows = #program.window<3, 1, 1, -1, 1>}
  %y = vae.convolve %x, %f to <"H", "W"> {out = 20 : i64, rows = #program.window<3, 1, 1, -1>, columns = #program.window<3, 1, 1, -1>}
      : (tensor<?x?x?x8xf32, #program.shape<"B", "H", "W", 8>>, tensor<1x2x3x3x8x16xf32>) -> tensor<?x?x?x20xf32, #program.shape<"B", "H", "W", 20>>
  return %y : tensor<?x?x?x20xf32, #program.shape<"B", "H", "W", 20>>
}

// CHECK-LABEL: @transposed
func.func @transposed(%x: tensor<2x4x4x8xf32>, %f: tensor<2x1x4x4x4x16xf32>) -> tensor<2x8x8x6xf32> {
  // CHECK: rows = #program.window<4, 1, -1, 1, 2, exact>
  %y = vae.convolve %x, %f to <8, 8> {out = 6 : i64, rows = #program.window<4, 1, -1, 1, 2, exact>, columns = #program.window<4, 1, -1, 1, 2, exact>}
      : (tensor<2x4x4x8xf32>, tensor<2x1x4x4x4x16xf32>) -> tensor<2x8x8x6xf32>
  return %y : tensor<2x8x8x6xf32>
}
