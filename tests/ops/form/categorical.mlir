// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --vae-decompose | FileCheck %s --check-prefix=MEANS

// CHECK-LABEL: @channels
// CHECK: vae.categorical %{{.*}}, %{{.*}} {axis = 1 : i64, site = 0 : i64} : (tensor<4xi32>, tensor<?x8x3xf32, #program.shape<"B", 8, 3>>) -> tensor<?x3xi32, #program.shape<"B", 3>>
// MEANS: vae.uniform
// MEANS: vae.amax
// MEANS: vae.amin
func.func @channels(%r: tensor<4xi32>, %a: tensor<?x8x3xf32, #program.shape<"B", 8, 3>>) -> tensor<?x3xi32, #program.shape<"B", 3>> {
  %k = vae.categorical %r, %a {axis = 1 : i64, site = 0 : i64} : (tensor<4xi32>, tensor<?x8x3xf32, #program.shape<"B", 8, 3>>) -> tensor<?x3xi32, #program.shape<"B", 3>>
  return %k : tensor<?x3xi32, #program.shape<"B", 3>>
}
