// RUN: vae-opt --vae-assign-noise-sites %s | FileCheck %s

// CHECK-LABEL: @two
func.func @two() -> (tensor<4xf32>, tensor<4xf32>) {
  %r = vae.rng
  // CHECK: vae.normal %{{.*}} <4> {site = 0 : i64}
  %a = vae.normal %r <4> : tensor<4xf32>
  // CHECK: vae.uniform %{{.*}} <4> {{.*}}site = 1 : i64
  %b = vae.uniform %r <4> : tensor<4xf32>
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}

// Each function counts its own; one that draws nothing stays as it is.
// CHECK-LABEL: @other
func.func @other() -> tensor<4xf32> {
  %r = vae.rng
  // CHECK: vae.normal %{{.*}} <4> {site = 0 : i64}
  %a = vae.normal %r <4> : tensor<4xf32>
  return %a : tensor<4xf32>
}

// CHECK-LABEL: @none
// CHECK-NOT: site
func.func @none(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = vae.relu %x : tensor<4xf32>
  return %y : tensor<4xf32>
}

// In loops the state is that of the turn, counted through all turns of the outer ones.
// CHECK-LABEL: @loops
func.func @loops(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: %[[R:.*]] = vae.rng
  %r = vae.rng
  // CHECK: vae.normal %[[R]] <4> {site = 0 : i64}
  %a = vae.normal %r <4> : tensor<4xf32>
  // CHECK: ^bb0(%[[I:.*]]: tensor<i32>,
  %y = vae.loop "3" carrying(%x) {
  ^bb0(%i: tensor<i32>, %old: tensor<4xf32>):
    // CHECK: %[[S:.*]] = vae.rng_turn %[[R]], %[[I]]
    // CHECK: vae.normal %[[S]] <4> {site = 1 : i64}
    %b = vae.normal %r <4> : tensor<4xf32>
    // CHECK: ^bb0(%[[J:.*]]: tensor<i32>,
    %z = vae.loop "H" carrying(%b) {
    ^bb0(%j: tensor<i32>, %inner: tensor<4xf32>):
      // CHECK: %[[H:.*]] = vae.size "H" : i32
      // CHECK: %[[BEFORE:.*]] = vae.mul %[[I]], %[[H]]
      // CHECK: %[[TURN:.*]] = vae.add %[[BEFORE]], %[[J]]
      // CHECK: %[[S:.*]] = vae.rng_turn %[[R]], %[[TURN]]
      // CHECK: vae.normal %[[S]] <4> {site = 2 : i64}
      %c = vae.normal %r <4> : tensor<4xf32>
      vae.yield %c : tensor<4xf32>
    } : (tensor<4xf32>) -> tensor<4xf32>
    vae.yield %z : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  %s = vae.add %a, %y : tensor<4xf32>, tensor<4xf32>
  return %s : tensor<4xf32>
}
