// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @turn
// CHECK: vae.rng_turn %{{.*}}, %{{.*}} : tensor<i32>
func.func @turn(%t: tensor<i32>) -> tensor<4xf32> {
  %r = vae.rng
  %s = vae.rng_turn %r, %t : tensor<i32>
  %y = vae.normal %s <4> {site = 0 : i64} : tensor<4xf32>
  return %y : tensor<4xf32>
}
