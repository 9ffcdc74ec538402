// RUN: vae-opt %s | vae-opt | FileCheck %s

// A size of run time divides.
// CHECK-LABEL: @gathered
// CHECK: vae.pixel_unshuffle %{{.*}} {factor = 2 : i64} : (tensor<?x3x?x4xf32, #program.shape<"B", 3, "H", 4>>) -> tensor<?x12x?x2xf32, #program.shape<"B", 12, "H/2", 2>>
func.func @gathered(%x: tensor<?x3x?x4xf32, #program.shape<"B", 3, "H", 4>>) -> tensor<?x12x?x2xf32, #program.shape<"B", 12, "H/2", 2>> {
  %y = vae.pixel_unshuffle %x {factor = 2 : i64} : (tensor<?x3x?x4xf32, #program.shape<"B", 3, "H", 4>>) -> tensor<?x12x?x2xf32, #program.shape<"B", 12, "H/2", 2>>
  return %y : tensor<?x12x?x2xf32, #program.shape<"B", 12, "H/2", 2>>
}
