// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @batch
// CHECK: vae.straight_through %{{.*}}, %{{.*}} : tensor<?x8xf32, #program.shape<"B", 8>>
func.func @batch(%h: tensor<?x8xf32, #program.shape<"B", 8>>, %s: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.straight_through %h, %s : tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}
