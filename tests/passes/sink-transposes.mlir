// RUN: vae-opt --vae-sink-transposes --canonicalize --split-input-file %s | FileCheck %s

// Between two convolutions nothing turns: bias, activation and a residual work channels last, and the turns cancel.
// CHECK-LABEL: @between
// CHECK-SAME: (%[[C:.*]]: tensor<2x4x4x8xf32>, %[[B:.*]]: tensor<8x1x1xf32>)
// CHECK: %[[S:.*]] = vae.reshape %[[B]] to <1, 1, 1, 8>
// CHECK: %[[A:.*]] = vae.add %[[C]], %[[S]]
// CHECK: %[[R:.*]] = vae.relu %[[A]]
// CHECK: %[[M:.*]] = vae.mul %[[R]], %[[C]]
// CHECK-NOT: transpose
// CHECK: return %[[M]]
func.func @between(%c: tensor<2x4x4x8xf32>, %b: tensor<8x1x1xf32>) -> tensor<2x4x4x8xf32> {
  %t = vae.transpose %c {axes = array<i64: 0, 3, 1, 2>} : (tensor<2x4x4x8xf32>) -> tensor<2x8x4x4xf32>
  %a = vae.add %t, %b : tensor<2x8x4x4xf32>, tensor<8x1x1xf32>
  %r = vae.relu %a : tensor<2x8x4x4xf32>
  %m = vae.mul %r, %t : tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>
  %y = vae.transpose %m {axes = array<i64: 0, 2, 3, 1>} : (tensor<2x8x4x4xf32>) -> tensor<2x4x4x8xf32>
  return %y : tensor<2x4x4x8xf32>
}

// -----

// An operand in the language's order turns once, where it is read.
// CHECK-LABEL: @operand
// CHECK-SAME: (%[[C:.*]]: tensor<2x4x4x8xf32>, %[[X:.*]]: tensor<2x8x4x4xf32>)
// CHECK: %[[T:.*]] = vae.transpose %[[X]] {axes = array<i64: 0, 2, 3, 1>}
// CHECK: %[[D:.*]] = vae.sub %[[C]], %[[T]]
// CHECK: vae.sum %[[D]] {axis = array<i64: 0, 1, 2, 3>}
func.func @operand(%c: tensor<2x4x4x8xf32>, %x: tensor<2x8x4x4xf32>) -> tensor<f32> {
  %t = vae.transpose %c {axes = array<i64: 0, 3, 1, 2>} : (tensor<2x4x4x8xf32>) -> tensor<2x8x4x4xf32>
  %d = vae.sub %t, %x : tensor<2x8x4x4xf32>, tensor<2x8x4x4xf32>
  %s = vae.sum %d {axis = array<i64: 0, 1, 2, 3>} : (tensor<2x8x4x4xf32>) -> tensor<f32>
  return %s : tensor<f32>
}

// -----

// Folds: over pixels to channels, and over channels, which leaves the other axes in their order.
// CHECK-LABEL: @folds
// CHECK-SAME: (%[[C:.*]]: tensor<2x4x5x8xf32>)
// CHECK-DAG: %[[P:.*]] = vae.sum %[[C]] {axis = array<i64: 0, 1, 2>} : (tensor<2x4x5x8xf32>) -> tensor<8xf32>
// CHECK-DAG: %[[K:.*]] = vae.sum %[[C]] {axis = array<i64: 3>} : (tensor<2x4x5x8xf32>) -> tensor<2x4x5xf32>
// CHECK-DAG: %[[W:.*]] = vae.sum %[[C]] {axis = array<i64: 2>} : (tensor<2x4x5x8xf32>) -> tensor<2x4x8xf32>
// CHECK-DAG: %[[T:.*]] = vae.transpose %[[W]] {axes = array<i64: 0, 2, 1>}
// CHECK: return %[[P]], %[[K]], %[[T]]
func.func @folds(%c: tensor<2x4x5x8xf32>) -> (tensor<8xf32>, tensor<2x4x5xf32>, tensor<2x8x4xf32>) {
  %t = vae.transpose %c {axes = array<i64: 0, 3, 1, 2>} : (tensor<2x4x5x8xf32>) -> tensor<2x8x4x5xf32>
  %p = vae.sum %t {axis = array<i64: 0, 2, 3>} : (tensor<2x8x4x5xf32>) -> tensor<8xf32>
  %k = vae.sum %t {axis = array<i64: 1>} : (tensor<2x8x4x5xf32>) -> tensor<2x4x5xf32>
  %w = vae.sum %t {axis = array<i64: 3>} : (tensor<2x8x4x5xf32>) -> tensor<2x8x4xf32>
  return %p, %k, %w : tensor<8xf32>, tensor<2x4x5xf32>, tensor<2x8x4xf32>
}

// -----

// Channels come apart into groups; channels and pixels do not join, for they are not neighbours.
// CHECK-LABEL: @reshapes
// CHECK-SAME: (%[[C:.*]]: tensor<2x4x5x8xf32>)
// CHECK-DAG: %[[G:.*]] = vae.reshape %[[C]] to <2, 4, 5, 2, 4>
// CHECK-DAG: %[[R:.*]] = vae.relu %[[G]]
// CHECK-DAG: %[[B:.*]] = vae.transpose %[[R]] {axes = array<i64: 0, 3, 4, 1, 2>}
// CHECK-DAG: %[[T:.*]] = vae.transpose %[[C]] {axes = array<i64: 0, 3, 1, 2>}
// CHECK-DAG: %[[F:.*]] = vae.reshape %[[T]] to <2, 160>
// CHECK: return %[[B]], %[[F]]
func.func @reshapes(%c: tensor<2x4x5x8xf32>) -> (tensor<2x2x4x4x5xf32>, tensor<2x160xf32>) {
  %t = vae.transpose %c {axes = array<i64: 0, 3, 1, 2>} : (tensor<2x4x5x8xf32>) -> tensor<2x8x4x5xf32>
  %g = vae.reshape %t to <2, 2, 4, 4, 5> : (tensor<2x8x4x5xf32>) -> tensor<2x2x4x4x5xf32>
  %r = vae.relu %g : tensor<2x2x4x4x5xf32>
  %f = vae.reshape %t to <2, 160> : (tensor<2x8x4x5xf32>) -> tensor<2x160xf32>
  return %r, %f : tensor<2x2x4x4x5xf32>, tensor<2x160xf32>
}

// -----

// Stretches and joins along an axis.
// CHECK-LABEL: @stretches
// CHECK-SAME: (%[[C:.*]]: tensor<2x4x5x8xf32>)
// CHECK: %[[S:.*]] = vae.slice %[[C]] {axis = 3 : i64, bounds = #program.shape<2, 4>}
// CHECK: %[[J:.*]] = vae.concat %[[S]], %[[C]] {axis = 3 : i64}
// CHECK: return %[[J]]
func.func @stretches(%c: tensor<2x4x5x8xf32>) -> tensor<2x4x5x10xf32> {
  %t = vae.transpose %c {axes = array<i64: 0, 3, 1, 2>} : (tensor<2x4x5x8xf32>) -> tensor<2x8x4x5xf32>
  %s = vae.slice %t {axis = 1 : i64, bounds = #program.shape<2, 4>} : (tensor<2x8x4x5xf32>) -> tensor<2x2x4x5xf32>
  %j = vae.concat %s, %t {axis = 1 : i64} : (tensor<2x2x4x5xf32>, tensor<2x8x4x5xf32>) -> tensor<2x10x4x5xf32>
  %y = vae.transpose %j {axes = array<i64: 0, 2, 3, 1>} : (tensor<2x10x4x5xf32>) -> tensor<2x4x5x10xf32>
  return %y : tensor<2x4x5x10xf32>
}

// -----

// An enlarged picture is read as it was; one channel turns at no cost.
// CHECK-LABEL: @enlarged
// CHECK-SAME: (%[[X:.*]]: tensor<2x1x4x4xf32>, %[[F:.*]]: tensor<1x1x3x3x1x16xf32>)
// CHECK: %[[V:.*]] = vae.reshape %[[X]] to <2, 4, 4, 1>
// CHECK: vae.convolve %[[V]], %[[F]] to <8, 8> {columns = #program.window<3, 1, 1, -1, 2>, out = 16 : i64, rows = #program.window<3, 1, 1, -1, 2>}
func.func @enlarged(%x: tensor<2x1x4x4xf32>, %f: tensor<1x1x3x3x1x16xf32>) -> tensor<2x8x8x16xf32> {
  %u = vae.upsample_nearest %x {factor = 2 : i64} : (tensor<2x1x4x4xf32>) -> tensor<2x1x8x8xf32>
  %t = vae.transpose %u {axes = array<i64: 0, 2, 3, 1>} : (tensor<2x1x8x8xf32>) -> tensor<2x8x8x1xf32>
  %y = vae.convolve %t, %f to <8, 8> {out = 16 : i64, rows = #program.window<3, 1, 1, -1>, columns = #program.window<3, 1, 1, -1>}
      : (tensor<2x8x8x1xf32>, tensor<1x1x3x3x1x16xf32>) -> tensor<2x8x8x16xf32>
  return %y : tensor<2x8x8x16xf32>
}

// -----

// What is not a picture put back stays.
// CHECK-LABEL: @stays
// CHECK: %[[T:.*]] = vae.transpose %{{.*}} {axes = array<i64: 1, 0>}
// CHECK: vae.relu %[[T]]
func.func @stays(%x: tensor<4x8xf32>) -> tensor<8x4xf32> {
  %t = vae.transpose %x {axes = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  %y = vae.relu %t : tensor<8x4xf32>
  return %y : tensor<8x4xf32>
}
