// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @picture
// CHECK: vae.upsample_bilinear %{{.*}} {factor = 2 : i64} : (tensor<?x3x5x7xf32, #program.shape<"B", 3, 5, 7>>) -> tensor<?x3x10x14xf32, #program.shape<"B", 3, 10, 14>>
func.func @picture(%x: tensor<?x3x5x7xf32, #program.shape<"B", 3, 5, 7>>) -> tensor<?x3x10x14xf32, #program.shape<"B", 3, 10, 14>> {
  %y = vae.upsample_bilinear %x {factor = 2 : i64} : (tensor<?x3x5x7xf32, #program.shape<"B", 3, 5, 7>>) -> tensor<?x3x10x14xf32, #program.shape<"B", 3, 10, 14>>
  return %y : tensor<?x3x10x14xf32, #program.shape<"B", 3, 10, 14>>
}
