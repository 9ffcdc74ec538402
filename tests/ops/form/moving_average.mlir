// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @follow
// CHECK: vae.moving_average %{{.*}} : (tensor<1xf32>, tensor<f32>, tensor<f32>) -> tensor<1xf32>
func.func @follow(%a: tensor<1xf32>, %v: tensor<f32>, %rate: tensor<f32>) -> tensor<1xf32> {
  %b = vae.moving_average %a, %v, %rate : (tensor<1xf32>, tensor<f32>, tensor<f32>) -> tensor<1xf32>
  return %b : tensor<1xf32>
}
