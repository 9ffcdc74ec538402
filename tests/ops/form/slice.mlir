// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: @columns
// CHECK: vae.slice %{{.*}} {axis = 1 : i64, bounds = #program.shape<2, 6>}
func.func @columns(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x4xf32, #program.shape<"B", 4>> {
  %y = vae.slice %x {axis = 1 : i64, bounds = #program.shape<2, 6>} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x4xf32, #program.shape<"B", 4>>
  return %y : tensor<?x4xf32, #program.shape<"B", 4>>
}

// All but the first and the last row.
// CHECK-LABEL: @rows
func.func @rows(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B - 2", 8>> {
  %y = vae.slice %x {axis = 0 : i64, bounds = #program.shape<1, "B - 1">} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B - 2", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B - 2", 8>>
}

// FOLD-LABEL: @whole
// FOLD-NOT: vae.slice
func.func @whole(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = vae.slice %x {axis = 0 : i64, bounds = #program.shape<0, 8>} : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// FOLD-LABEL: @constant
// FOLD: vae.constant dense<[2.000000e+00, 3.000000e+00]>
func.func @constant() -> tensor<2xf32> {
  %x = vae.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %y = vae.slice %x {axis = 0 : i64, bounds = #program.shape<1, 3>} : (tensor<3xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}
