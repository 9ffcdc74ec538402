// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: @turn
// CHECK: vae.transpose %{{.*}} {axes = array<i64: 2, 0, -2>}
func.func @turn(%x: tensor<?x3x?xf32, #program.shape<"B", 3, "H">>) -> tensor<?x?x3xf32, #program.shape<"H", "B", 3>> {
  %y = vae.transpose %x {axes = array<i64: 2, 0, -2>} : (tensor<?x3x?xf32, #program.shape<"B", 3, "H">>) -> tensor<?x?x3xf32, #program.shape<"H", "B", 3>>
  return %y : tensor<?x?x3xf32, #program.shape<"H", "B", 3>>
}

// FOLD-LABEL: @same
// FOLD-NOT: vae.transpose
func.func @same(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.transpose %x {axes = array<i64: 0, -1>} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
