// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @nested
// CHECK: vae.loop "H*W" carrying(%{{.*}}, %{{.*}}) {
// CHECK-NEXT: ^bb0(%[[TURN:.*]]: tensor<i32>, %{{.*}}: tensor<4xf32>, %{{.*}}: tensor<i32>):
// CHECK: vae.loop "3" carrying(%{{.*}})
// CHECK: vae.yield %{{.*}} : tensor<4xf32>
// CHECK: } : (tensor<4xf32>) -> tensor<4xf32>
// CHECK: vae.yield %{{.*}}, %[[TURN]] : tensor<4xf32>, tensor<i32>
// CHECK: } : (tensor<4xf32>, tensor<i32>) -> (tensor<4xf32>, tensor<i32>)
func.func @nested(%x: tensor<4xf32>, %n: tensor<i32>) -> tensor<4xf32> {
  %y, %m = vae.loop "H*W" carrying(%x, %n) {
  ^bb0(%t: tensor<i32>, %old: tensor<4xf32>, %k: tensor<i32>):
    %z = vae.loop "3" carrying(%old) {
    ^bb0(%u: tensor<i32>, %inner: tensor<4xf32>):
      %s = vae.add %inner, %x : tensor<4xf32>, tensor<4xf32>
      vae.yield %s : tensor<4xf32>
    } : (tensor<4xf32>) -> tensor<4xf32>
    vae.yield %z, %t : tensor<4xf32>, tensor<i32>
  } : (tensor<4xf32>, tensor<i32>) -> (tensor<4xf32>, tensor<i32>)
  return %y : tensor<4xf32>
}
