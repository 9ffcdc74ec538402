// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @labels(%a: tensor<4x8xf32>, %k: tensor<8xi32>) {
  // expected-error @below {{cross entropy of logits [4, 8] over axis 1 takes labels [4], not [8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.cross_entropy %a, %k : (tensor<4x8xf32>, tensor<8xi32>) -> tensor<f32>
  return
}

// -----

func.func @axis(%a: tensor<4x8xf32>, %k: tensor<4xi32>) {
  // expected-error @below {{axis 2 is outside [4, 8] of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.cross_entropy %a, %k {axis = 2 : i64} : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @classes(%a: tensor<?x8xf32, #program.shape<"B", 8>>, %k: tensor<8xi32>) {
  // expected-error @below {{cross entropy is over a number of classes, not over B}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.cross_entropy %a, %k {axis = 0 : i64} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<8xi32>) -> tensor<f32>
  return
}

// -----

func.func @reduction(%a: tensor<4x8xf32>, %k: tensor<4xi32>) {
  // expected-error @below {{reduction "median" is unknown; there are "mean", "sum", "total" and "none"}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.cross_entropy %a, %k {reduction = "median"} : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<f32>
  return
}
