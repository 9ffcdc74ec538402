// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @third(%c: tensor<4xf32>, %a: tensor<4xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{shapes [4] and [5] do not broadcast; axis 0 is 4 and 5}}
  %y = vae.where %c, %a, %b : tensor<4xf32>, tensor<4xf32>, tensor<5xf32>
  return
}
