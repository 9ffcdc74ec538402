// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK: vae.attend_query_gradient %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {heads = 2 : i64, kv_heads = 1 : i64, scale = 5.000000e-01 : f64}
func.func @gradient(%q: tensor<3x7x8xf32>, %k: tensor<3x9x4xf32>, %g: tensor<3x7x8xf32>, %l: tensor<3x7x2xf32>) {
  %d = vae.attend_query_gradient %q, %k, %k, %g, %l, %l {heads = 2 : i64, kv_heads = 1 : i64, scale = 0.5 : f64}
      : (tensor<3x7x8xf32>, tensor<3x9x4xf32>, tensor<3x9x4xf32>, tensor<3x7x8xf32>, tensor<3x7x2xf32>, tensor<3x7x2xf32>) -> tensor<3x7x8xf32>
  return
}
