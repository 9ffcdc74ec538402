// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @axis
// CHECK: vae.positions <8> : tensor<8xi32>
func.func @axis() -> tensor<8xi32> {
  %p = vae.positions <8> : tensor<8xi32>
  return %p : tensor<8xi32>
}

// CHECK-LABEL: @at_run_time
// CHECK: vae.positions <"H"> : tensor<?xi32, #program.shape<"H">>
func.func @at_run_time() -> tensor<?xi32, #program.shape<"H">> {
  %p = vae.positions <"H"> : tensor<?xi32, #program.shape<"H">>
  return %p : tensor<?xi32, #program.shape<"H">>
}
