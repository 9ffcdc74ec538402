// RUN: vae-opt --vae-split-concats=max-buffers=4 %s | FileCheck %s

// Seven tensors, three to a kernel: the parts are about equal, and a tree of them ends in one concat of three.
// CHECK-LABEL: @seven
// CHECK-SAME: %[[X:.*]]: tensor<4x2xf32>
// CHECK: %[[A:.*]] = vae.concat %[[X]], %[[X]] {axis = 1 : i64}
// CHECK: %[[B:.*]] = vae.concat %[[X]], %[[X]] {axis = 1 : i64}
// CHECK: %[[C:.*]] = vae.concat %[[X]], %[[X]], %[[X]] {axis = 1 : i64}
// CHECK: vae.concat %[[A]], %[[B]], %[[C]] {axis = 1 : i64} : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x6xf32>) -> tensor<4x14xf32>
func.func @seven(%x: tensor<4x2xf32>) -> tensor<4x14xf32> {
  %y = vae.concat %x, %x, %x, %x, %x, %x, %x {axis = 1 : i64}
    : (tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<4x14xf32>
  return %y : tensor<4x14xf32>
}

// What a kernel binds stays one concat.
// CHECK-LABEL: @three
// CHECK-COUNT-1: vae.concat
// CHECK-NOT: vae.concat
func.func @three(%x: tensor<4x2xf32>) -> tensor<4x6xf32> {
  %y = vae.concat %x, %x, %x {axis = 1 : i64} : (tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}
