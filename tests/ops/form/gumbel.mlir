// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @batch
// CHECK: vae.gumbel %{{.*}} <"B", 8> {site = 2 : i64} : tensor<?x8xf32, #program.shape<"B", 8>>
func.func @batch(%r: tensor<4xi32>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.gumbel %r <"B", 8> {site = 2 : i64} : tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}
