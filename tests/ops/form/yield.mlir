// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @two
// CHECK: vae.yield %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<f32>
func.func @two(%x: tensor<4xf32>, %s: tensor<f32>) -> (tensor<4xf32>, tensor<f32>) {
  %y:2 = vae.group {
    vae.yield %x, %s : tensor<4xf32>, tensor<f32>
  } : tensor<4xf32>, tensor<f32>
  return %y#0, %y#1 : tensor<4xf32>, tensor<f32>
}
