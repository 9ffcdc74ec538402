// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize --cse | FileCheck %s

vae.parameter @w : tensor<8xf32> init <zeros, 0.0, 0.0>
// An update stays though nothing uses it.
// CHECK-LABEL: @step
// CHECK: vae.update @w = %{{.*}} : tensor<8xf32>
func.func @step(%v: tensor<8xf32>) {
  vae.update @w = %v : tensor<8xf32>
  return
}
