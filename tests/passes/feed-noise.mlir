// RUN: vae-opt --vae-feed-noise %s | FileCheck %s

// CHECK-LABEL: func.func @sample()
// CHECK: vae.normal
// CHECK-LABEL: func.func @sample.noise(
// CHECK-SAME: %[[A:.*]]: tensor<4x8xf32> {vae.name = "noise0", vae.noise = "normal"}
// CHECK-SAME: %[[B:.*]]: tensor<4xf32> {vae.name = "noise1", vae.noise = "uniform"}
// CHECK-NOT: vae.normal
// CHECK: vae.relu %[[A]]
func.func @sample() -> (tensor<4x8xf32>, tensor<4xf32>) {
  %r = vae.rng
  %u = vae.uniform %r <4> {site = 1 : i64, lo = 1.0, hi = 3.0} : tensor<4xf32>
  %e = vae.normal %r <4, 8> {site = 0 : i64} : tensor<4x8xf32>
  %y = vae.relu %e : tensor<4x8xf32>
  return %y, %u : tensor<4x8xf32>, tensor<4xf32>
}

// Two reads of one site are one input.
// CHECK-LABEL: func.func @again.noise(
// CHECK-SAME: %[[A:[^:]*]]: tensor<4xf32> {vae.name = "noise0", vae.noise = "normal"})
// CHECK: vae.add %[[A]], %[[A]]
func.func @again() -> tensor<4xf32> {
  %r = vae.rng
  %a = vae.normal %r <4> {site = 0 : i64} : tensor<4xf32>
  %b = vae.normal %r <4> {site = 0 : i64} : tensor<4xf32>
  %y = vae.add %a, %b : tensor<4xf32>, tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: func.func @quiet(
// CHECK-NOT: @quiet.noise
func.func @quiet(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = vae.relu %x : tensor<4xf32>
  return %y : tensor<4xf32>
}

// Draws in loops are one input for all turns, the lengths of the loops first.
// CHECK-LABEL: func.func @loops.noise(
// CHECK-SAME: %[[N:[^:]*]]: tensor<3x?x4xf32, #program.shape<3, "H", 4>> {vae.name = "noise0", vae.noise = "normal"})
// CHECK: ^bb0(%[[I:.*]]: tensor<i32>,
// CHECK: ^bb0(%[[J:.*]]: tensor<i32>,
// CHECK: %[[ROW:.*]] = vae.gather %[[N]], %[[I]] {axis = 0 : i64}
// CHECK: %[[DRAWN:.*]] = vae.gather %[[ROW]], %[[J]] {axis = 0 : i64}
// CHECK: vae.yield %[[DRAWN]]
func.func @loops(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = vae.rng
  %y = vae.loop "3" carrying(%x) {
  ^bb0(%i: tensor<i32>, %old: tensor<4xf32>):
    %z = vae.loop "H" carrying(%old) {
    ^bb0(%j: tensor<i32>, %inner: tensor<4xf32>):
      %s = vae.rng_turn %r, %j : tensor<i32>
      %c = vae.normal %s <4> {site = 0 : i64} : tensor<4xf32>
      vae.yield %c : tensor<4xf32>
    } : (tensor<4xf32>) -> tensor<4xf32>
    vae.yield %z : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
