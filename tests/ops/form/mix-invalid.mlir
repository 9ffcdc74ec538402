// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @table(%w: tensor<4x10xf32>, %t: tensor<10xf32>) {
  // expected-error @below {{mix by 10 weights does not take a table of [10]; it is [rows, features], with a weight for each row}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.mix %w, %t : (tensor<4x10xf32>, tensor<10xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @rows(%w: tensor<4x10xf32>, %t: tensor<9x8xf32>) {
  // expected-error @below {{mix by 10 weights does not take a table of [9, 8]; it is [rows, features], with a weight for each row}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.mix %w, %t : (tensor<4x10xf32>, tensor<9x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @axis(%w: tensor<4x10xf32>, %t: tensor<10x8xf32>) {
  // expected-error @below {{axis 2 is outside [4, 10] of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.mix %w, %t {axis = 2 : i64} : (tensor<4x10xf32>, tensor<10x8xf32>) -> tensor<4x8xf32>
  return
}
