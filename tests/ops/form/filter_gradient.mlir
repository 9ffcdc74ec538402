// RUN: vae-opt %s | vae-opt | FileCheck %s
// One filter of all pictures, whatever their number and size.

// CHECK-LABEL: @grouped
func.func @grouped(%g: tensor<?x?x?x6xf32, #program.shape<"B", "H", "W", 6>>, %x: tensor<?x?x?x4xf32, #program.shape<"B", "2*H", "2*W", 4>>) -> tensor<2x3x5x2x3xf32> {
  // CHECK: vae.filter_gradient %{{.*}}, %{{.*}} {columns = #program.window<5, 2, 1, -2, 1>, groups = 2 : i64, rows = #program.window<3, 2, 1, -1, 1>}
  %d = vae.filter_gradient %g, %x {groups = 2 : i64, rows = #program.window<3, 2, 1, -1>, columns = #program.window<5, 2, 1, -2>}
      : (tensor<?x?x?x6xf32, #program.shape<"B", "H", "W", 6>>, tensor<?x?x?x4xf32, #program.shape<"B", "2*H", "2*W", 4>>) -> tensor<2x3x5x2x3xf32>
  return %d : tensor<2x3x5x2x3xf32>
}
