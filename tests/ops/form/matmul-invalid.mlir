// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @inner(%a: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<9x16xf32>) {
  // expected-error @below {{matmul of [B, 8] and [9, 16] sums over 8 and 9}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.matmul %a, %b : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<9x16xf32>) -> tensor<?x16xf32, #program.shape<"B", 16>>
  return
}

// -----

func.func @batch(%a: tensor<2x4x8xf32>, %b: tensor<3x8x16xf32>) {
  // expected-error @below {{matmul of [2, 4, 8] and [3, 8, 16] has an axis 0 of 2 and of 3}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.matmul %a, %b : (tensor<2x4x8xf32>, tensor<3x8x16xf32>) -> tensor<2x4x16xf32>
  return
}

// -----

func.func @rank(%a: tensor<4x8xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{matmul takes operands of rank 2 or more, the left one's not the greater, not [4, 8] and [8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.matmul %a, %b : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4xf32>
  return
}
