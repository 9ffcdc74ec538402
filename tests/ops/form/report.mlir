// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @loss
// CHECK: vae.report "kl" = %{{.*}} : tensor<f32>
func.func @loss(%v: tensor<f32>) {
  vae.report "kl" = %v : tensor<f32>
  return
}
