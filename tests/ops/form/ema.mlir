// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @follow
// CHECK: vae.ema %{{.*}} : (tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
func.func @follow(%a: tensor<8xf32>, %p: tensor<8xf32>, %rate: tensor<f32>) -> tensor<8xf32> {
  %b = vae.ema %a, %p, %rate : (tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  return %b : tensor<8xf32>
}
