// RUN: vae-opt %s | vae-opt | FileCheck %s
// The hand-over dialect, op by op.

// CHECK: program.parameter @fc.weight : tensor<16x8xf32> init <uniform, -5.000000e-01, 5.000000e-01>
program.parameter @fc.weight : tensor<16x8xf32> init #program.init<uniform, -0.5, 0.5>
// CHECK: program.parameter @norm.mean : tensor<16xf32> init <constant, 1.000000e+00, 0.000000e+00> {frozen}
program.parameter @norm.mean : tensor<16xf32> init #program.init<constant, 1.0, 0.0> {frozen}
// CHECK: program.state @adam.m.fc.weight : tensor<16x8xf32>
program.state @adam.m.fc.weight : tensor<16x8xf32>
// CHECK: program.constant @table = dense<5.000000e-01> : tensor<256x6xf32>
program.constant @table = dense<0.5> : tensor<256x6xf32>

// A kernel with one run-time size and a result written over its first input.
// CHECK-LABEL: program.kernel @shift(
// CHECK-SAME: %{{.*}}: tensor<?x8xf32> {program.sizes = array<i64: 0, -1>}, %{{.*}}: tensor<8xf32>, %{{.*}}: index)
// CHECK-SAME: -> (tensor<?x8xf32> {program.sizes = array<i64: 0, -1>})
// CHECK-SAME: attributes {form = #program.form<elementwise>, ties = array<i64: 0>}
program.kernel @shift(%x: tensor<?x8xf32> {program.sizes = array<i64: 0, -1>}, %b: tensor<8xf32>, %d0: index)
    -> (tensor<?x8xf32> {program.sizes = array<i64: 0, -1>}) attributes {form = #program.form<elementwise>, ties = array<i64: 0>} {
  %empty = tensor.empty(%d0) : tensor<?x8xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%x, %b : tensor<?x8xf32>, tensor<8xf32>) outs(%empty : tensor<?x8xf32>) attrs = {program.role = "root"} {
  ^bb0(%xe: f32, %be: f32, %out: f32):
    %s = arith.addf %xe, %be : f32
    linalg.yield %s : f32
  } -> tensor<?x8xf32>
  // CHECK: program.yield %{{.*}} : tensor<?x8xf32>
  program.yield %y : tensor<?x8xf32>
}

// CHECK-LABEL: @host
func.func @host(%x: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<8xf32>) -> tensor<?xf32, #program.shape<"8*B">> {
  // CHECK: program.bind parameter @fc.weight : tensor<16x8xf32>
  %w = program.bind parameter @fc.weight : tensor<16x8xf32>
  // CHECK: program.bind scalar "0.001" : tensor<f32>
  %lr = program.bind scalar "0.001" : tensor<f32>
  // CHECK: program.bind rng : tensor<4xi32>
  %r = program.bind rng : tensor<4xi32>
  // CHECK: program.launch @shift(%{{.*}}, %{{.*}}) sizes ["B"]
  %y = program.launch @shift(%x, %b) sizes ["B"] : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<8xf32>) -> tensor<?x8xf32, #program.shape<"B", 8>>
  // CHECK: program.update @fc.weight = %{{.*}} : tensor<16x8xf32>
  program.update @fc.weight = %w : tensor<16x8xf32>
  // CHECK: program.reshape %{{.*}} : tensor<?x8xf32, #program.shape<"B", 8>> to tensor<?xf32, #program.shape<"8*B">>
  %f = program.reshape %y : tensor<?x8xf32, #program.shape<"B", 8>> to tensor<?xf32, #program.shape<"8*B">>
  return %f : tensor<?xf32, #program.shape<"8*B">>
}

// The index is an ordinary carried tensor.
func.func private @turn(%i: tensor<i32>, %x: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<8xf32>)
    -> (tensor<i32>, tensor<?x8xf32, #program.shape<"B", 8>>) {
  %y = program.launch @shift(%x, %b) sizes ["B"] : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<8xf32>) -> tensor<?x8xf32, #program.shape<"B", 8>>
  return %i, %y : tensor<i32>, tensor<?x8xf32, #program.shape<"B", 8>>
}

// CHECK-LABEL: @loop
func.func @loop(%i: tensor<i32>, %x: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<8xf32>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  // CHECK: %{{.*}}:2 = program.repeat_call @turn count "B*H"
  // CHECK-SAME: carrying(%{{.*}}, %{{.*}} : tensor<i32>, tensor<?x8xf32, #program.shape<"B", 8>>) captures(%{{.*}} : tensor<8xf32>)
  %r:2 = program.repeat_call @turn count "B*H" carrying(%i, %x : tensor<i32>, tensor<?x8xf32, #program.shape<"B", 8>>) captures(%b : tensor<8xf32>)
  return %r#1 : tensor<?x8xf32, #program.shape<"B", 8>>
}

func.func private @still(%i: tensor<i32>) -> tensor<i32> {
  return %i : tensor<i32>
}

// CHECK-LABEL: @without_captures
func.func @without_captures(%i: tensor<i32>) -> tensor<i32> {
  // CHECK: program.repeat_call @still count "10" carrying(%{{.*}} : tensor<i32>)
  %r = program.repeat_call @still count "10" carrying(%i : tensor<i32>)
  return %r : tensor<i32>
}

// CHECK-LABEL: program.program @decode entry symbols ["B"] phases 2
program.program @decode entry symbols ["B"] phases 2 {
  // CHECK: %[[X:.*]] = program.buffer input "x" : tensor<?x8xf32, #program.shape<"B", 8>>
  %x = program.buffer input "x" : tensor<?x8xf32, #program.shape<"B", 8>>
  // CHECK: %[[B:.*]] = program.buffer parameter @norm.mean : tensor<8xf32>
  %b = program.buffer parameter @norm.mean : tensor<8xf32>
  // CHECK: %[[T:.*]] = program.buffer transient {lifetime = array<i64: 0, 1>} : tensor<?x8xf32, #program.shape<"B", 8>>
  %t = program.buffer transient {lifetime = array<i64: 0, 1>} : tensor<?x8xf32, #program.shape<"B", 8>>
  // CHECK: program.buffer transient same_memory %[[T]] : tensor<?xf32, #program.shape<"8*B">>
  %f = program.buffer transient same_memory %t : tensor<?xf32, #program.shape<"8*B">>
  // CHECK: program.copy %[[X]] to %[[T]]
  program.copy %x to %t
  // CHECK: program.barrier
  program.barrier
  // CHECK: program.dispatch @shift(%[[T]], %[[B]]) sizes ["B"]
  program.dispatch @shift(%t, %b) sizes ["B"]
}

// CHECK-LABEL: program.program @sample entry symbols ["B"] phases 6
program.program @sample entry symbols ["B"] phases 6 {
  %x = program.buffer output "x" : tensor<?x8xf32, #program.shape<"B", 8>>
  %b = program.buffer parameter @norm.mean : tensor<8xf32>
  %t = program.buffer transient {lifetime = array<i64: 1, 2>} : tensor<?x8xf32, #program.shape<"B", 8>>
  // CHECK: program.repeat count "4*B" {
  // CHECK-NEXT: program.copy %{{.*}} to %{{.*}}
  // CHECK-NEXT: program.barrier
  // CHECK-NEXT: program.repeat count "3" {
  // CHECK-NEXT: program.dispatch @shift
  program.repeat count "4*B" {
    program.copy %x to %t
    program.barrier
    program.repeat count "3" {
      program.dispatch @shift(%x, %b) sizes ["B"]
    }
  }
}

// Roots over windows: a convolution with an epilogue's place behind it, and its filter's gradient.
// CHECK-LABEL: program.kernel @convolution(
program.kernel @convolution(%x: tensor<?x?x?x8xf32> {program.sizes = array<i64: 0, 1, 2, -1>}, %f: tensor<1x2x3x3x8x16xf32>, %d0: index, %d1: index, %d2: index)
    -> (tensor<?x?x?x20xf32> {program.sizes = array<i64: 0, 1, 2, -1>}) attributes {form = #program.form<convolution>, ties = array<i64: -1>} {
  %empty = tensor.empty(%d0, %d1, %d2) : tensor<?x?x?x20xf32>
  // CHECK: program.convolution %{{.*}}, %{{.*}} into %{{.*}} rows <3, 1, 1, -1, 1> columns <3, 1, 1, -1, 1>
  %y = program.convolution %x, %f into %empty rows <3, 1, 1, -1> columns <3, 1, 1, -1, 1>
      : (tensor<?x?x?x8xf32>, tensor<1x2x3x3x8x16xf32>, tensor<?x?x?x20xf32>) -> tensor<?x?x?x20xf32>
  program.yield %y : tensor<?x?x?x20xf32>
}
// CHECK-LABEL: program.kernel @filter_gradient(
program.kernel @filter_gradient(%g: tensor<?x4x4x20xf32> {program.sizes = array<i64: 0, -1, -1, -1>}, %x: tensor<?x8x8x8xf32> {program.sizes = array<i64: 0, -1, -1, -1>}, %d0: index)
    -> tensor<1x3x3x8x20xf32> attributes {form = #program.form<filter_gradient>, ties = array<i64: -1>} {
  %empty = tensor.empty() : tensor<1x3x3x8x20xf32>
  // CHECK: program.filter_gradient %{{.*}}, %{{.*}} into %{{.*}} rows <3, 2, -1, 1, 2, exact> columns <3, 2, 1, 0, 1>
  %y = program.filter_gradient %g, %x into %empty rows <3, 2, -1, 1, 2, exact> columns <3, 2, 1, 0>
      : (tensor<?x4x4x20xf32>, tensor<?x8x8x8xf32>, tensor<1x3x3x8x20xf32>) -> tensor<1x3x3x8x20xf32>
  program.yield %y : tensor<1x3x3x8x20xf32>
}
