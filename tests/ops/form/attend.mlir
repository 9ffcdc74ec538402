// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @attend
// CHECK: vae.attend %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {causal, heads = 4 : i64, kv_heads = 2 : i64, scale = 5.000000e-01 : f64}
func.func @attend(%q: tensor<?x7x16xf32, #program.shape<"B", 7, 16>>, %k: tensor<?x9x8xf32, #program.shape<"B", 9, 8>>, %m: tensor<1x4x1x9xf32>)
    -> tensor<?x7x16xf32, #program.shape<"B", 7, 16>> {
  %y, %l = vae.attend %q, %k, %k, %m {causal, heads = 4 : i64, kv_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x7x16xf32, #program.shape<"B", 7, 16>>, tensor<?x9x8xf32, #program.shape<"B", 9, 8>>, tensor<?x9x8xf32, #program.shape<"B", 9, 8>>, tensor<1x4x1x9xf32>)
      -> (tensor<?x7x16xf32, #program.shape<"B", 7, 16>>, tensor<?x7x4xf32, #program.shape<"B", 7, 4>>)
  return %y : tensor<?x7x16xf32, #program.shape<"B", 7, 16>>
}
