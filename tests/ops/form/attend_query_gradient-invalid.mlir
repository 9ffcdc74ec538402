// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @sums(%q: tensor<3x7x8xf32>, %k: tensor<3x9x4xf32>, %l: tensor<3x7x1xf32>) {
  // expected-error @below {{attention does not take a gradient [3, 7, 8] with sums [3, 7, 1] and deltas [3, 7, 1]}}
  // expected-error @below {{failed to infer returned types}}
  %d = vae.attend_query_gradient %q, %k, %k, %q, %l, %l {heads = 2 : i64, kv_heads = 1 : i64, scale = 0.5 : f64}
      : (tensor<3x7x8xf32>, tensor<3x9x4xf32>, tensor<3x9x4xf32>, tensor<3x7x8xf32>, tensor<3x7x1xf32>, tensor<3x7x1xf32>) -> tensor<3x7x8xf32>
  return
}
