// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @columns
// CHECK: vae.upsample_linear %{{.*}} {factor = 3 : i64} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x24xf32, #program.shape<"B", 24>>
func.func @columns(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x24xf32, #program.shape<"B", 24>> {
  %y = vae.upsample_linear %x {factor = 3 : i64} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x24xf32, #program.shape<"B", 24>>
  return %y : tensor<?x24xf32, #program.shape<"B", 24>>
}

// CHECK-LABEL: @rows
// CHECK: vae.upsample_linear %{{.*}} {axis = 0 : i64, factor = 3 : i64} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"3*B", 8>>
func.func @rows(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"3*B", 8>> {
  %y = vae.upsample_linear %x {axis = 0 : i64, factor = 3 : i64} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"3*B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"3*B", 8>>
}
