// RUN: vae-opt --pass-pipeline='builtin.module(func.func(vae-bound-indices))' %s 2>%t | FileCheck %s
// RUN: FileCheck --check-prefix=WARNINGS %s < %t

// CHECK-LABEL: @codes(
// CHECK-SAME: tensor<4xi32> {vae.name = "k", vae.range = array<f32: 0.000000e+00, 9.000000e+00>}
func.func @codes(%k: tensor<4xi32> {vae.name = "k"}) -> tensor<4x10xf32> {
  %y = vae.one_hot %k {classes = 10 : i64} : (tensor<4xi32>) -> tensor<4x10xf32>
  return %y : tensor<4x10xf32>
}

// The least of several bounds, whatever way the elements came; the table itself is none.
// CHECK-LABEL: @several(
// CHECK-SAME: tensor<4x6xi32> {vae.range = array<f32: 0.000000e+00, 6.000000e+00>}, %{{.*}}: tensor<8x5xf32>, %{{.*}}: tensor<7x2xf32>)
func.func @several(%k: tensor<4x6xi32>, %t: tensor<8x5xf32>, %u: tensor<7x2xf32>) -> (tensor<24x5xf32>, tensor<6x2x4xf32>) {
  %r = vae.reshape %k to <24> : (tensor<4x6xi32>) -> tensor<24xi32>
  %y = vae.lookup %r, %t : (tensor<24xi32>, tensor<8x5xf32>) -> tensor<24x5xf32>
  %s = vae.transpose %k {axes = array<i64: 1, 0>} : (tensor<4x6xi32>) -> tensor<6x4xi32>
  %z = vae.embedding %s, %u : (tensor<6x4xi32>, tensor<7x2xf32>) -> tensor<6x2x4xf32>
  return %y, %z : tensor<24x5xf32>, tensor<6x2x4xf32>
}

// What is declared stays where it is narrower.
// CHECK-LABEL: @declared(
// CHECK-SAME: tensor<4xi32> {vae.range = array<f32: 2.000000e+00, 9.000000e+00>}
// CHECK-SAME: tensor<4xi32> {vae.range = array<f32: 0.000000e+00, 3.000000e+00>}
func.func @declared(%k: tensor<4xi32> {vae.range = array<f32: 2.0, 20.0>}, %l: tensor<4xi32> {vae.range = array<f32: -1.0, 3.0>})
    -> (tensor<4x10xf32>, tensor<4x10xf32>) {
  %y = vae.one_hot %k {classes = 10 : i64} : (tensor<4xi32>) -> tensor<4x10xf32>
  %z = vae.one_hot %l {classes = 10 : i64} : (tensor<4xi32>) -> tensor<4x10xf32>
  return %y, %z : tensor<4x10xf32>, tensor<4x10xf32>
}

// Labels, along any axis of the logits.
// CHECK-LABEL: @labels(
// CHECK-SAME: tensor<4x8xf32>, %{{.*}}: tensor<4xi32> {vae.range = array<f32: 0.000000e+00, 7.000000e+00>}
// CHECK-SAME: tensor<?x4xf32, #program.shape<"B", 4>>, %{{.*}}: tensor<?xi32, #program.shape<"B">> {vae.range = array<f32: 0.000000e+00, 3.000000e+00>}
func.func @labels(%a: tensor<4x8xf32>, %k: tensor<4xi32>, %b: tensor<?x4xf32, #program.shape<"B", 4>>, %l: tensor<?xi32, #program.shape<"B">>) -> (tensor<f32>, tensor<f32>) {
  %y = vae.cross_entropy %a, %k {axis = -1 : i64} : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<f32>
  %z = vae.cross_entropy %b, %l : (tensor<?x4xf32, #program.shape<"B", 4>>, tensor<?xi32, #program.shape<"B">>) -> tensor<f32>
  return %y, %z : tensor<f32>, tensor<f32>
}

// Integers that are used as numbers have no bound.
// CHECK-LABEL: @numbers(
// CHECK-SAME: tensor<4xi32>)
func.func @numbers(%k: tensor<4xi32>) -> tensor<2x2xi32> {
  %y = vae.reshape %k to <2, 2> : (tensor<4xi32>) -> tensor<2x2xi32>
  return %y : tensor<2x2xi32>
}

// Codes that are counted.
// CHECK-LABEL: @use(
// CHECK-SAME: tensor<4xi32> {vae.range = array<f32: 0.000000e+00, 3.100000e+01>}
func.func @use(%k: tensor<4xi32>) -> tensor<f32> {
  %p = vae.perplexity %k {codes = 32 : i64} : (tensor<4xi32>) -> tensor<f32>
  return %p : tensor<f32>
}

// What a loss compares with by binary cross entropy is in [0, 1], with a warning where that is not declared.
// WARNINGS: bound-indices.mlir:[[# @LINE + 6]]:8: warning: `bce` takes targets in [0, 1], and input `x` is taken to be in it; say so: `in [0, 1]`
// WARNINGS: bound-indices.mlir:[[# @LINE + 6]]:8: warning: `bce_with_logits` takes targets in [0, 1], and input `w` is declared beyond it
// WARNINGS-NOT: warning
// CHECK-LABEL: @targets(
// CHECK-SAME: tensor<4xf32>, %{{.*}}: tensor<4xf32> {vae.name = "x", vae.range = array<f32: 0.000000e+00, 1.000000e+00>}, %{{.*}}: tensor<4xf32> {vae.name = "w", vae.range = array<f32: -1.000000e+00, 1.000000e+00>}
func.func @targets(%y: tensor<4xf32>, %x: tensor<4xf32> {vae.name = "x"}, %w: tensor<4xf32> {vae.name = "w", vae.range = array<f32: -1.0, 1.0>}, %u: tensor<4xf32> {vae.range = array<f32: 0.0, 1.0>}) -> (tensor<f32>, tensor<f32>, tensor<f32>) attributes {vae.kind = "loss"} {
  %a = vae.bce %y, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  %b = vae.bce_with_logits %y, %w : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  %c = vae.bce %y, %u : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %a, %b, %c : tensor<f32>, tensor<f32>, tensor<f32>
}
