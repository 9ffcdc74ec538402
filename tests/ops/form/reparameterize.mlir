// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @draw
// CHECK: vae.reparameterize %{{.*}}, %{{.*}}, %{{.*}} {site = 0 : i64}
func.func @draw(%r: tensor<4xi32>, %mu: tensor<?x8xf32, #program.shape<"B", 8>>, %logvar: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %z = vae.reparameterize %r, %mu, %logvar {site = 0 : i64} : (tensor<4xi32>, tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>>
  return %z : tensor<?x8xf32, #program.shape<"B", 8>>
}
