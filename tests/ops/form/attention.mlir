// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --vae-decompose | FileCheck %s --check-prefix=SIMPLE

// CHECK-LABEL: @one
// CHECK: vae.attention %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x9x8xf32, #program.shape<"B", 9, 8>>
// SIMPLE-LABEL: @one
// SIMPLE: vae.attend %{{.*}}, %{{.*}}, %{{.*}} {heads = 1 : i64, kv_heads = 1 : i64, scale = 0.353553{{[0-9]*}} : f64}
func.func @one(%x: tensor<?x9x8xf32, #program.shape<"B", 9, 8>>) -> tensor<?x9x8xf32, #program.shape<"B", 9, 8>> {
  %y = vae.attention %x, %x, %x : (tensor<?x9x8xf32, #program.shape<"B", 9, 8>>, tensor<?x9x8xf32, #program.shape<"B", 9, 8>>, tensor<?x9x8xf32, #program.shape<"B", 9, 8>>) -> tensor<?x9x8xf32, #program.shape<"B", 9, 8>>
  return %y : tensor<?x9x8xf32, #program.shape<"B", 9, 8>>
}

// Heads that share keys, values of another width, a mask that is broadcast.
// CHECK-LABEL: @all
// CHECK: vae.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {heads = 4 : i64, kv_heads = 2 : i64, scale = 5.000000e-01 : f64}
// SIMPLE-LABEL: @all
// SIMPLE: %[[MASK:.*]] = vae.reshape %{{.*}} to <1, 1, 7, 9>
// SIMPLE: vae.attend %{{.*}}, %{{.*}}, %{{.*}}, %[[MASK]] {heads = 4 : i64, kv_heads = 2 : i64, scale = 5.000000e-01 : f64}
func.func @all(%q: tensor<3x7x16xf32>, %k: tensor<3x9x8xf32>, %v: tensor<3x9x6xf32>, %m: tensor<7x9xf32>) -> tensor<3x7x12xf32> {
  %y = vae.attention %q, %k, %v, %m {heads = 4 : i64, kv_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<3x7x16xf32>, tensor<3x9x8xf32>, tensor<3x9x6xf32>, tensor<7x9xf32>) -> tensor<3x7x12xf32>
  return %y : tensor<3x7x12xf32>
}

// Kernels hold f32; others are products of matrices, which a mask of what comes later hides.
// SIMPLE-LABEL: @double
// SIMPLE: vae.matmul {{.*}} {transpose_b = true}
// SIMPLE: vae.triangle <9, 7>
// SIMPLE: vae.where
// SIMPLE-NOT: vae.attend
func.func @double(%q: tensor<3x7x4xf64>, %k: tensor<3x9x4xf64>) -> tensor<3x7x4xf64> {
  %y = vae.attention %q, %k, %k {causal = true} : (tensor<3x7x4xf64>, tensor<3x9x4xf64>, tensor<3x9x4xf64>) -> tensor<3x7x4xf64>
  return %y : tensor<3x7x4xf64>
}
