// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @last
// CHECK: vae.one_hot %{{.*}} {classes = 10 : i64} : (tensor<?xi32, #program.shape<"B">>) -> tensor<?x10xf32, #program.shape<"B", 10>>
func.func @last(%x: tensor<?xi32, #program.shape<"B">>) -> tensor<?x10xf32, #program.shape<"B", 10>> {
  %y = vae.one_hot %x {classes = 10 : i64} : (tensor<?xi32, #program.shape<"B">>) -> tensor<?x10xf32, #program.shape<"B", 10>>
  return %y : tensor<?x10xf32, #program.shape<"B", 10>>
}

// CHECK-LABEL: @channels
// CHECK: vae.one_hot %{{.*}} {axis = 1 : i64, classes = 10 : i64} : (tensor<?x7xi32, #program.shape<"B", 7>>) -> tensor<?x10x7xf32, #program.shape<"B", 10, 7>>
func.func @channels(%x: tensor<?x7xi32, #program.shape<"B", 7>>) -> tensor<?x10x7xf32, #program.shape<"B", 10, 7>> {
  %y = vae.one_hot %x {axis = 1 : i64, classes = 10 : i64} : (tensor<?x7xi32, #program.shape<"B", 7>>) -> tensor<?x10x7xf32, #program.shape<"B", 10, 7>>
  return %y : tensor<?x10x7xf32, #program.shape<"B", 10, 7>>
}
