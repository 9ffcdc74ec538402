// RUN: vae-opt %s | vae-opt | FileCheck %s
// Attention and its gradients as roots of kernels: heads that share keys, a mask, queries whose number is known at run time.

// CHECK-LABEL: program.kernel @forward
// CHECK: program.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {
// CHECK: math.exp
// CHECK: program.yield %{{.*}}, %{{.*}} : f32, f32
// CHECK: } {heads = 4 : i64, kv_heads = 2 : i64, scale = 5.000000e-01 : f64}
program.kernel @forward(%q: tensor<2x?x8xf32> {program.sizes = array<i64: -1, 0, -1>}, %k: tensor<2x9x4xf32>, %v: tensor<2x9x6xf32>, %m: tensor<1x4x1x9xf32>, %d0: index) -> (tensor<2x?x12xf32> {program.sizes = array<i64: -1, 0, -1>}, tensor<2x?x4xf32> {program.sizes = array<i64: -1, 0, -1>})
    attributes {form = #program.form<attention>, ties = array<i64: -1, -1>} {
  %e = tensor.empty(%d0) : tensor<2x?x12xf32>
  %f = tensor.empty(%d0) : tensor<2x?x4xf32>
  %y, %l = program.attention %q, %k, %v, %m, %e, %f {
  ^bb0(%x: f32):
    %a = math.exp %x : f32
    %b = math.log %x : f32
    program.yield %a, %b : f32, f32
  } {heads = 4 : i64, kv_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<2x?x8xf32>, tensor<2x9x4xf32>, tensor<2x9x6xf32>, tensor<1x4x1x9xf32>, tensor<2x?x12xf32>, tensor<2x?x4xf32>) -> (tensor<2x?x12xf32>, tensor<2x?x4xf32>)
  program.yield %y, %l : tensor<2x?x12xf32>, tensor<2x?x4xf32>
}

// CHECK-LABEL: program.kernel @query
// CHECK: program.attention_query_gradient %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {
// CHECK: } {causal, heads = 4 : i64, kv_heads = 2 : i64, scale = 5.000000e-01 : f64}
program.kernel @query(%q: tensor<2x?x8xf32> {program.sizes = array<i64: -1, 0, -1>}, %k: tensor<2x9x4xf32>, %v: tensor<2x9x6xf32>, %g: tensor<2x?x12xf32> {program.sizes = array<i64: -1, 0, -1>}, %l: tensor<2x?x4xf32> {program.sizes = array<i64: -1, 0, -1>}, %p: tensor<2x?x4xf32> {program.sizes = array<i64: -1, 0, -1>}, %d0: index) -> (tensor<2x?x8xf32> {program.sizes = array<i64: -1, 0, -1>})
    attributes {form = #program.form<attention_query_gradient>, ties = array<i64: -1>} {
  %e0 = tensor.empty(%d0) : tensor<2x?x8xf32>
  %y = program.attention_query_gradient %q, %k, %v, %g, %l, %p, %e0 {
  ^bb0(%x: f32):
    %a = math.exp %x : f32
    %b = math.log %x : f32
    program.yield %a, %b : f32, f32
  } {causal, heads = 4 : i64, kv_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<2x?x8xf32>, tensor<2x9x4xf32>, tensor<2x9x6xf32>, tensor<2x?x12xf32>, tensor<2x?x4xf32>, tensor<2x?x4xf32>, tensor<2x?x8xf32>) -> tensor<2x?x8xf32>
  program.yield %y : tensor<2x?x8xf32>
}

// CHECK-LABEL: program.kernel @key
// CHECK: program.attention_key_gradient %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {
// CHECK: } {causal, heads = 4 : i64, kv_heads = 2 : i64, scale = 5.000000e-01 : f64}
program.kernel @key(%q: tensor<2x?x8xf32> {program.sizes = array<i64: -1, 0, -1>}, %k: tensor<2x9x4xf32>, %v: tensor<2x9x6xf32>, %g: tensor<2x?x12xf32> {program.sizes = array<i64: -1, 0, -1>}, %l: tensor<2x?x4xf32> {program.sizes = array<i64: -1, 0, -1>}, %p: tensor<2x?x4xf32> {program.sizes = array<i64: -1, 0, -1>}, %d0: index) -> (tensor<2x9x4xf32>, tensor<2x9x6xf32>)
    attributes {form = #program.form<attention_key_gradient>, ties = array<i64: -1, -1>} {
  %e0 = tensor.empty() : tensor<2x9x4xf32>
  %e1 = tensor.empty() : tensor<2x9x6xf32>
  %dk, %dv = program.attention_key_gradient %q, %k, %v, %g, %l, %p, %e0, %e1 {
  ^bb0(%x: f32):
    %a = math.exp %x : f32
    %b = math.log %x : f32
    program.yield %a, %b : f32, f32
  } {causal, heads = 4 : i64, kv_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<2x?x8xf32>, tensor<2x9x4xf32>, tensor<2x9x6xf32>, tensor<2x?x12xf32>, tensor<2x?x4xf32>, tensor<2x?x4xf32>, tensor<2x9x4xf32>, tensor<2x9x6xf32>) -> (tensor<2x9x4xf32>, tensor<2x9x6xf32>)
  program.yield %dk, %dv : tensor<2x9x4xf32>, tensor<2x9x6xf32>
}
