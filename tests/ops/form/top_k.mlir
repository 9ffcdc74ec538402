// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --vae-to-fused | FileCheck %s --check-prefix=FUSED

// No comparison of each with each is stored.
// CHECK-LABEL: @last
// CHECK: vae.top_k %{{.*}} {k = 5 : i64} : (tensor<?x512xf32, #program.shape<"B", 512>>) -> tensor<?x512xf32, #program.shape<"B", 512>>
// FUSED-LABEL: @last
// FUSED-COUNT-1: vae.group
// FUSED: vae.outranks
// FUSED: vae.sum
// FUSED-NOT: } : tensor<?x512x512xf32
// FUSED: return
func.func @last(%x: tensor<?x512xf32, #program.shape<"B", 512>>) -> tensor<?x512xf32, #program.shape<"B", 512>> attributes {vae.kind = "entry"} {
  %y = vae.top_k %x {k = 5 : i64} : (tensor<?x512xf32, #program.shape<"B", 512>>) -> tensor<?x512xf32, #program.shape<"B", 512>>
  return %y : tensor<?x512xf32, #program.shape<"B", 512>>
}
