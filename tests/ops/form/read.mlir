// RUN: vae-opt %s | vae-opt | FileCheck %s
// Parameters and states are read alike.

vae.parameter @w : tensor<8xf32> init <zeros, 0.0, 0.0>
program.state @m : tensor<8xf32>
// CHECK-LABEL: @use
// CHECK: vae.read @w : tensor<8xf32>
// CHECK: vae.read @m : tensor<8xf32>
func.func @use() -> (tensor<8xf32>, tensor<8xf32>) {
  %w = vae.read @w : tensor<8xf32>
  %m = vae.read @m : tensor<8xf32>
  return %w, %m : tensor<8xf32>, tensor<8xf32>
}
