// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @terms
// CHECK: vae.bce_term %{{.*}}, %{{.*}} : tensor<?x8xf32, #program.shape<"B", 8>>
func.func @terms(%a: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %l = vae.bce_term %a, %b : tensor<?x8xf32, #program.shape<"B", 8>>
  return %l : tensor<?x8xf32, #program.shape<"B", 8>>
}
