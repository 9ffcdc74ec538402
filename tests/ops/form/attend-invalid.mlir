// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @mask(%q: tensor<3x7x8xf32>, %m: tensor<7x7xf32>) {
  // expected-error @below {{a mask [7, 7] does not broadcast to the scores [3, 2, 7, 7], which are [batch, heads, queries, keys]; see its axis 0}}
  // expected-error @below {{failed to infer returned types}}
  %y, %l = vae.attend %q, %q, %q, %m {heads = 2 : i64, kv_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<3x7x8xf32>, tensor<3x7x8xf32>, tensor<3x7x8xf32>, tensor<7x7xf32>) -> (tensor<3x7x8xf32>, tensor<3x7x2xf32>)
  return
}
