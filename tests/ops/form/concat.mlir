// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: @columns
// CHECK: vae.concat %{{.*}}, %{{.*}} {axis = -1 : i64}
func.func @columns(%a: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<?x2xf32, #program.shape<"B", 2>>) -> tensor<?x10xf32, #program.shape<"B", 10>> {
  %y = vae.concat %a, %b {axis = -1 : i64} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x2xf32, #program.shape<"B", 2>>) -> tensor<?x10xf32, #program.shape<"B", 10>>
  return %y : tensor<?x10xf32, #program.shape<"B", 10>>
}

// Along an axis of run-time size.
// CHECK-LABEL: @rows
func.func @rows(%a: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<4x8xf32>) -> tensor<?x8xf32, #program.shape<"B + 4", 8>> {
  %y = vae.concat %a, %b {axis = 0 : i64} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<4x8xf32>) -> tensor<?x8xf32, #program.shape<"B + 4", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B + 4", 8>>
}

// FOLD-LABEL: @one
// FOLD-NOT: vae.concat
func.func @one(%a: tensor<8xf32>) -> tensor<8xf32> {
  %y = vae.concat %a {axis = 0 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
