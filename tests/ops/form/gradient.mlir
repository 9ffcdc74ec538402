// RUN: vae-opt %s | vae-opt | FileCheck %s

vae.parameter @w : tensor<4x2xf32> init #program.init<zeros, 0.0, 0.0>

// CHECK-LABEL: @of
// CHECK: vae.gradient %{{.*}} by @w : tensor<f32> -> tensor<4x2xf32>
func.func @of(%x: tensor<f32>) -> tensor<4x2xf32> {
  %g = vae.gradient %x by @w : tensor<f32> -> tensor<4x2xf32>
  return %g : tensor<4x2xf32>
}
