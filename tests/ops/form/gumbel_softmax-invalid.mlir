// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @axis(%r: tensor<4xi32>, %a: tensor<4x8xf32>, %t: tensor<f32>) {
  // expected-error @below {{axis 2 is outside [4, 8] of rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.gumbel_softmax %r, %a, %t {axis = 2 : i64} : (tensor<4xi32>, tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @classes(%r: tensor<4xi32>, %a: tensor<?x8xf32, #program.shape<"B", 8>>, %t: tensor<f32>) {
  // expected-error @below {{hard draws are among a number of classes, not among B}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.gumbel_softmax %r, %a, %t {axis = 0 : i64, hard = true} : (tensor<4xi32>, tensor<?x8xf32, #program.shape<"B", 8>>, tensor<f32>) -> tensor<?x8xf32, #program.shape<"B", 8>>
  return
}
