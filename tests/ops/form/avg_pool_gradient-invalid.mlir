// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @windows(%g: tensor<3x2x2xf32>) {
  // expected-error @below {{avg_pool_gradient to [3, 7, 5] takes windows of [3, 3, 2], not [3, 2, 2]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.avg_pool_gradient %g to <3, 7, 5> {kernel = 2 : i64, stride = 2 : i64} : (tensor<3x2x2xf32>) -> tensor<3x7x5xf32>
  return
}
