// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: @to_float
// CHECK: vae.cast %{{.*}} {element = f32} : (tensor<?xi32, #program.shape<"B">>) -> tensor<?xf32, #program.shape<"B">>
func.func @to_float(%x: tensor<?xi32, #program.shape<"B">>) -> tensor<?xf32, #program.shape<"B">> {
  %y = vae.cast %x {element = f32} : (tensor<?xi32, #program.shape<"B">>) -> tensor<?xf32, #program.shape<"B">>
  return %y : tensor<?xf32, #program.shape<"B">>
}

// FOLD-LABEL: @same
// FOLD-NOT: vae.cast
func.func @same(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = vae.cast %x {element = f32} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
