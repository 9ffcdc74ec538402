// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @steps
// CHECK: vae.random_int %{{.*}} <"B"> {hi = 1000 : i64, lo = -3 : i64} : tensor<?xi32, #program.shape<"B">>
func.func @steps(%r: tensor<4xi32>) -> tensor<?xi32, #program.shape<"B">> {
  %k = vae.random_int %r <"B"> {hi = 1000 : i64, lo = -3 : i64} : tensor<?xi32, #program.shape<"B">>
  return %k : tensor<?xi32, #program.shape<"B">>
}
