// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @batch
// CHECK: vae.dropout %{{.*}}, %{{.*}} {p = 1.000000e-01 : f64, site = 0 : i64} : (tensor<4xi32>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>>
func.func @batch(%r: tensor<4xi32>, %x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.dropout %r, %x {p = 1.000000e-01 : f64, site = 0 : i64} : (tensor<4xi32>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}
