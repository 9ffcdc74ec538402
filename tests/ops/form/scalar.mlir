// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @rate
// CHECK: vae.scalar "0.001 1 0.9 step 1 + pow - /" : tensor<f32>
func.func @rate() -> tensor<f32> {
  %s = vae.scalar "0.001 1 0.9 step 1 + pow - /" : tensor<f32>
  return %s : tensor<f32>
}
