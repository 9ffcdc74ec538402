// RUN: vae-opt --vae-sink-reshapes --canonicalize --split-input-file %s | FileCheck %s

// An elementwise op moves before the reshape, with what broadcasts over whole groups of joined axes.
// CHECK-LABEL: @elementwise
// CHECK-SAME: (%[[X:.*]]: tensor<?x1x3x?xf32, {{.*}}>, %[[SCALE:.*]]: tensor<3x1x1xf32>, %[[OTHER:.*]]: tensor
// CHECK-DAG: %[[S:.*]] = vae.reshape %[[SCALE]] to <1, 1, 3, 1>
// CHECK: %[[M:.*]] = vae.mul %[[X]], %[[S]]
// CHECK: %[[O:.*]] = vae.reshape %[[OTHER]] to <"B", 1, 3, "4*H">
// CHECK: %[[A:.*]] = vae.add %[[M]], %[[O]]
// CHECK: %[[Y:.*]] = vae.reshape %[[A]] to <"B", 3, "H", 4>
// CHECK: return %[[Y]]
func.func @elementwise(%x: tensor<?x1x3x?xf32, #program.shape<"B", 1, 3, "4*H">>, %scale: tensor<3x1x1xf32>, %other: tensor<?x3x?x4xf32, #program.shape<"B", 3, "H", 4>>)
    -> tensor<?x3x?x4xf32, #program.shape<"B", 3, "H", 4>> {
  %r = vae.reshape %x to <"B", 3, "H", 4> : (tensor<?x1x3x?xf32, #program.shape<"B", 1, 3, "4*H">>) -> tensor<?x3x?x4xf32, #program.shape<"B", 3, "H", 4>>
  %m = vae.mul %r, %scale : tensor<?x3x?x4xf32, #program.shape<"B", 3, "H", 4>>, tensor<3x1x1xf32>
  %y = vae.add %m, %other : tensor<?x3x?x4xf32, #program.shape<"B", 3, "H", 4>>, tensor<?x3x?x4xf32, #program.shape<"B", 3, "H", 4>>
  return %y : tensor<?x3x?x4xf32, #program.shape<"B", 3, "H", 4>>
}

// -----

// A fold over joined axes.
// CHECK-LABEL: @fold
// CHECK-SAME: (%[[X:.*]]: tensor
// CHECK: %[[Y:.*]] = vae.sum %[[X]] {axis = array<i64: 0, 2>}
// CHECK: return %[[Y]] : tensor<3xf32>
func.func @fold(%x: tensor<2x3x8xf32>) -> tensor<3xf32> {
  %r = vae.reshape %x to <2, 3, 4, 2> : (tensor<2x3x8xf32>) -> tensor<2x3x4x2xf32>
  %y = vae.sum %r {axis = array<i64: 0, 2, 3>} : (tensor<2x3x4x2xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// A fold over some of them, and a factor that repeats along some, need the axes apart.
// CHECK-LABEL: @apart
// CHECK: %[[R:.*]] = vae.reshape
// CHECK: vae.sum %[[R]]
// CHECK: vae.mul %[[R]]
func.func @apart(%x: tensor<2x3x8xf32>, %c: tensor<2xf32>) -> (tensor<2x3x2xf32>, tensor<2x3x4x2xf32>) {
  %r = vae.reshape %x to <2, 3, 4, 2> : (tensor<2x3x8xf32>) -> tensor<2x3x4x2xf32>
  %y = vae.sum %r {axis = array<i64: 2>} : (tensor<2x3x4x2xf32>) -> tensor<2x3x2xf32>
  %z = vae.mul %r, %c : tensor<2x3x4x2xf32>, tensor<2xf32>
  return %y, %z : tensor<2x3x2xf32>, tensor<2x3x4x2xf32>
}

// -----

// A gradient that is one number everywhere repeats over the other shape.
// CHECK-LABEL: @repeated
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x8xf32>, %[[G:.*]]: tensor<f32>)
// CHECK: %[[Y:.*]] = vae.mul %{{.*}}, %[[X]] : {{.*}}tensor<2x3x8xf32>
func.func @repeated(%x: tensor<2x3x8xf32>, %g: tensor<f32>) -> tensor<2x3x4x2xf32> {
  %r = vae.reshape %x to <2, 3, 4, 2> : (tensor<2x3x8xf32>) -> tensor<2x3x4x2xf32>
  %b = vae.broadcast %g to <2, 3, 4, 2> : (tensor<f32>) -> tensor<2x3x4x2xf32>
  %y = vae.mul %b, %r : tensor<2x3x4x2xf32>, tensor<2x3x4x2xf32>
  return %y : tensor<2x3x4x2xf32>
}
