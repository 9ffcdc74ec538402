// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @spread
// CHECK: vae.pixel_shuffle %{{.*}} {factor = 2 : i64} : (tensor<?x12x?x5xf32, #program.shape<"B", 12, "H", 5>>) -> tensor<?x3x?x10xf32, #program.shape<"B", 3, "2*H", 10>>
func.func @spread(%x: tensor<?x12x?x5xf32, #program.shape<"B", 12, "H", 5>>) -> tensor<?x3x?x10xf32, #program.shape<"B", 3, "2*H", 10>> {
  %y = vae.pixel_shuffle %x {factor = 2 : i64} : (tensor<?x12x?x5xf32, #program.shape<"B", 12, "H", 5>>) -> tensor<?x3x?x10xf32, #program.shape<"B", 3, "2*H", 10>>
  return %y : tensor<?x3x?x10xf32, #program.shape<"B", 3, "2*H", 10>>
}
