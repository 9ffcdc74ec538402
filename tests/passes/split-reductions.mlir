// RUN: vae-opt --vae-split-reductions %s | FileCheck %s

// CHECK-LABEL: @total
// CHECK: %[[ROWS:.*]] = vae.sum %{{.*}} {axis = array<i64: 1>} : (tensor<?x784xf32, #program.shape<"B", 784>>) -> tensor<?xf32, #program.shape<"B">>
// CHECK: vae.sum %[[ROWS]] {axis = array<i64: 0>} : (tensor<?xf32, #program.shape<"B">>) -> tensor<f32>
func.func @total(%x: tensor<?x784xf32, #program.shape<"B", 784>>) -> tensor<f32> {
  %y = vae.sum %x : (tensor<?x784xf32, #program.shape<"B", 784>>) -> tensor<f32>
  return %y : tensor<f32>
}

// Long rows fold an axis at a time.
// CHECK-LABEL: @picture
// CHECK: vae.sum %{{.*}} {axis = array<i64: 3>} : (tensor<2x3x256x256xf32>) -> tensor<2x3x256xf32>
// CHECK: vae.sum %{{.*}} {axis = array<i64: 1, 2>} : (tensor<2x3x256xf32>) -> tensor<2xf32>
// CHECK: vae.sum %{{.*}} {axis = array<i64: 0>} : (tensor<2xf32>) -> tensor<f32>
func.func @picture(%x: tensor<2x3x256x256xf32>) -> tensor<f32> {
  %y = vae.sum %x : (tensor<2x3x256x256xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

// Kept axes come back as a view.
// CHECK-LABEL: @keep
// CHECK: %[[S:.*]] = vae.sum %{{.*}} {axis = array<i64: 1>} : (tensor<4x8xf32>) -> tensor<4xf32>
// CHECK: vae.reshape %[[S]] to <4, 1>
func.func @keep(%x: tensor<4x8xf32>) -> tensor<4x1xf32> {
  %y = vae.sum %x {axis = array<i64: 1>, keep = true} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  return %y : tensor<4x1xf32>
}

// One short axis is one step already.
// CHECK-LABEL: @rows
// CHECK-NEXT: vae.sum %{{.*}} {axis = array<i64: 0>} : (tensor<4x8xf32>) -> tensor<8xf32>
// CHECK-NEXT: return
func.func @rows(%x: tensor<4x8xf32>) -> tensor<8xf32> {
  %y = vae.sum %x {axis = array<i64: 0>} : (tensor<4x8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// An axis of one folds to itself.
// CHECK-LABEL: @unit
// CHECK-NOT: vae.sum
// CHECK: vae.reshape %{{.*}} to <4>
func.func @unit(%x: tensor<4x1xf32>) -> tensor<4xf32> {
  %y = vae.sum %x {axis = array<i64: 1>} : (tensor<4x1xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
