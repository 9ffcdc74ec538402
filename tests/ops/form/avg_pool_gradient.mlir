// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @picture
// CHECK: vae.avg_pool_gradient %{{.*}} to <3, 5, 5> {kernel = 2 : i64, stride = 2 : i64} : (tensor<3x2x2xf32>) -> tensor<3x5x5xf32>
func.func @picture(%g: tensor<3x2x2xf32>) -> tensor<3x5x5xf32> {
  %y = vae.avg_pool_gradient %g to <3, 5, 5> {kernel = 2 : i64, stride = 2 : i64} : (tensor<3x2x2xf32>) -> tensor<3x5x5xf32>
  return %y : tensor<3x5x5xf32>
}
