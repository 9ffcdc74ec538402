// RUN: vae-opt --vae-choose-layouts %s | FileCheck %s
// RUN: vae-opt --vae-choose-layouts --why %s 2>&1 >/dev/null | FileCheck %s --check-prefix=WHY

vae.parameter @w : tensor<40x8xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @v : tensor<8x40xf32> init #program.init<zeros, 0.0, 0.0>

// The right side of products alone: in panels of 32, the last filled with zeros.
// CHECK-LABEL: @product
// CHECK: %[[W:.*]] = vae.read @w
// CHECK: %[[Z:.*]] = vae.fill <24, 8>
// CHECK: %[[C:.*]] = vae.concat %[[W]], %[[Z]] {axis = 0 : i64}
// CHECK: %[[R:.*]] = vae.reshape %[[C]] to <2, 32, 8>
// CHECK: %[[T:.*]] = vae.transpose %[[R]] {axes = array<i64: 0, 2, 1>}
// CHECK: %[[U:.*]] = vae.unpack %[[T]] <panels32> : tensor<2x8x32xf32> to tensor<40x8xf32>
// CHECK: vae.matmul %{{.*}}, %[[U]]
func.func @product(%x: tensor<4x8xf32>) -> tensor<4x40xf32> attributes {vae.kind = "entry"} {
  %w = vae.read @w : tensor<40x8xf32>
  %y = vae.matmul %x, %w {transpose_b = true} : (tensor<4x8xf32>, tensor<40x8xf32>) -> tensor<4x40xf32>
  return %y : tensor<4x40xf32>
}

// CHECK-LABEL: @rows
// CHECK-NOT: vae.unpack
// WHY: vae.matmul: not read in panels: the weight lies with k before n
func.func @rows(%x: tensor<4x8xf32>) -> tensor<4x40xf32> attributes {vae.kind = "entry"} {
  %v = vae.read @v : tensor<8x40xf32>
  %y = vae.matmul %x, %v : (tensor<4x8xf32>, tensor<8x40xf32>) -> tensor<4x40xf32>
  return %y : tensor<4x40xf32>
}

// CHECK-LABEL: @shared
// CHECK-NOT: vae.unpack
// WHY: vae.add: not read in panels: the weight is not the right side of a contraction here
func.func @shared(%x: tensor<4x8xf32>) -> (tensor<4x40xf32>, tensor<40x8xf32>) attributes {vae.kind = "entry"} {
  %w = vae.read @w : tensor<40x8xf32>
  %a = vae.add %w, %w : tensor<40x8xf32>, tensor<40x8xf32>
  %y = vae.matmul %x, %w {transpose_b = true} : (tensor<4x8xf32>, tensor<40x8xf32>) -> tensor<4x40xf32>
  return %y, %a : tensor<4x40xf32>, tensor<40x8xf32>
}

// CHECK-LABEL: @trained
// CHECK-NOT: vae.unpack
// WHY: vae.read: not read in panels: its program changes weights, and reads the one copy of them, row by row
func.func @trained(%x: tensor<4x8xf32>) -> tensor<4x40xf32> attributes {vae.kind = "train"} {
  %w = vae.read @w : tensor<40x8xf32>
  %y = vae.matmul %x, %w {transpose_b = true} : (tensor<4x8xf32>, tensor<40x8xf32>) -> tensor<4x40xf32>
  return %y : tensor<4x40xf32>
}
