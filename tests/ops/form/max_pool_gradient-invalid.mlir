// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @windows(%g: tensor<3x2x2xf32>, %p: tensor<3x2x2xi32>) {
  // expected-error @below {{max_pool_gradient to [3, 7, 5] takes windows of [3, 3, 2], not [3, 2, 2]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.max_pool_gradient %g, %p to <3, 7, 5> {kernel = 2 : i64, stride = 2 : i64} : (tensor<3x2x2xf32>, tensor<3x2x2xi32>) -> tensor<3x7x5xf32>
  return
}

// -----

func.func @positions(%g: tensor<3x2x2xf32>, %p: tensor<3x2x1xi32>) {
  // expected-error @below {{max_pool_gradient of [3, 2, 2] does not take positions [3, 2, 1]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.max_pool_gradient %g, %p to <3, 5, 5> {kernel = 2 : i64, stride = 2 : i64} : (tensor<3x2x2xf32>, tensor<3x2x1xi32>) -> tensor<3x5x5xf32>
  return
}
