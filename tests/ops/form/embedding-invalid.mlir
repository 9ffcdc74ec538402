// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @table(%k: tensor<4xi32>, %w: tensor<8xf32>) {
  // expected-error @below {{lookup takes a table [rows, features], whose rows are a number, not [8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.embedding %k, %w : (tensor<4xi32>, tensor<8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @axis(%k: tensor<4xi32>, %w: tensor<4x8xf32>) {
  // expected-error @below {{axis 2 is outside a result of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.embedding %k, %w {axis = 2 : i64} : (tensor<4xi32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}
