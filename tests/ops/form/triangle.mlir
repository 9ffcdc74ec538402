// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @square
// CHECK: vae.triangle <"B", 8> {element = f32} : tensor<?x8xf32, #program.shape<"B", 8>>
func.func @square() -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.triangle <"B", 8> {element = f32} : tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}
