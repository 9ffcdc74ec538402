// RUN: vae-opt --vae-plan-programs %s | FileCheck %s

program.parameter @w : tensor<8xf32> init #program.init<zeros, 0.0, 0.0>
program.state @s : tensor<8xf32>
// What nothing names goes away; a parameter never does.
// CHECK: program.parameter @unused
program.parameter @unused : tensor<8xf32> init #program.init<zeros, 0.0, 0.0>
// CHECK-NOT: @dead
program.state @dead : tensor<8xf32>

// Bodies don't matter here.
program.kernel @k(%x: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: -1>} {
  program.yield %x : tensor<8xf32>
}
program.kernel @k2(%x: tensor<8xf32>, %y: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: -1>} {
  program.yield %x : tensor<8xf32>
}
program.kernel @step(%w: tensor<8xf32>, %g: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: 0>} {
  program.yield %w : tensor<8xf32>
}
program.kernel @rows(%x: tensor<?x8xf32> {program.sizes = array<i64: 0, -1>}, %d: index) -> (tensor<?x8xf32> {program.sizes = array<i64: 0, -1>}) attributes {ties = array<i64: -1>} {
  program.yield %x : tensor<?x8xf32>
}

// Independent launches share a phase; the result is written where the caller reads it.
// CHECK-LABEL: program.program @diamond {{ *}}entry symbols [] phases 2 {
// CHECK: %[[X:.*]] = program.buffer {{ *}}input "x"
// CHECK: %[[Y:.*]] = program.buffer {{ *}}output "y"
// CHECK: %[[A:.*]] = program.buffer {{ *}}transient {lifetime = array<i64: 0, 1>}
// CHECK: %[[B:.*]] = program.buffer {{ *}}transient {lifetime = array<i64: 0, 1>}
// CHECK-NEXT: program.dispatch @k(%[[X]], %[[A]])
// CHECK-NEXT: program.dispatch @k(%[[X]], %[[B]])
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.dispatch @k2(%[[A]], %[[B]], %[[Y]])
// CHECK-NEXT: }
func.func @diamond(%x: tensor<8xf32> {vae.name = "x"}) -> (tensor<8xf32> {vae.name = "y"}) attributes {vae.kind = "entry"} {
  %a = program.launch @k(%x) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %b = program.launch @k(%x) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %y = program.launch @k2(%a, %b) sizes [] : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// In place, after the last reader of the old value.
// CHECK-LABEL: program.program @train {{ *}}train
// CHECK: %[[W:.*]] = program.buffer {{ *}}parameter @w
// CHECK: program.dispatch @k(%[[W]], %[[G:.*]]) sizes []
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.dispatch @step(%[[W]], %[[G]])
// CHECK-NOT: program.copy
func.func @train(%x: tensor<8xf32> {vae.name = "x"}) attributes {vae.kind = "train"} {
  %w = program.bind parameter @w : tensor<8xf32>
  %g = program.launch @k(%w) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %n = program.launch @step(%w, %g) sizes [] : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  program.update @w = %n : tensor<8xf32>
  return
}

// Something still reads the old value afterwards: the step works on a copy, which replaces the old value at the end.
// CHECK-LABEL: program.program @late {{ *}}train
// CHECK: %[[Y:.*]] = program.buffer {{ *}}output "y"
// CHECK: %[[W:.*]] = program.buffer {{ *}}parameter @w
// CHECK: %[[COPY:.*]] = program.buffer {{ *}}transient
// CHECK: program.copy %[[W]] to %[[COPY]]
// CHECK: program.dispatch @k(%[[W]], %[[Y]])
// CHECK: program.barrier
// CHECK: program.dispatch @step(%[[COPY]], %{{.*}})
// CHECK: program.barrier
// CHECK: program.copy %[[COPY]] to %[[W]]
func.func @late(%x: tensor<8xf32> {vae.name = "x"}) -> (tensor<8xf32> {vae.name = "y"}) attributes {vae.kind = "train"} {
  %w = program.bind parameter @w : tensor<8xf32>
  %n = program.launch @step(%w, %x) sizes [] : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %y = program.launch @k(%w) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  program.update @w = %n : tensor<8xf32>
  return %y : tensor<8xf32>
}

// Two values change places: one old value is saved first.
// CHECK-LABEL: program.program @swap
// CHECK: %[[W:.*]] = program.buffer {{ *}}parameter @w
// CHECK: %[[S:.*]] = program.buffer {{ *}}state @s
// CHECK: program.copy %[[S]] to %[[T:.*]]
// CHECK: program.barrier
// CHECK: program.copy %[[W]] to %[[S]]
// CHECK: program.barrier
// CHECK: program.copy %[[T]] to %[[W]]
// CHECK-NOT: program.copy
func.func @swap() attributes {vae.kind = "train"} {
  %w = program.bind parameter @w : tensor<8xf32>
  %s = program.bind state @s : tensor<8xf32>
  program.update @w = %s : tensor<8xf32>
  program.update @s = %w : tensor<8xf32>
  return
}

// What sizes must fulfil stays with the program, and the symbols that only it names.
// CHECK-LABEL: program.program @asking {{ *}}entry symbols ["B", "L"] requirements [#program.requirement<"B - L", "fewer keys", "m.vae:3:10">] phases 1 {
func.func @asking(%x: tensor<?xf32, #program.shape<"B">> {vae.name = "x"}) -> (tensor<?xf32, #program.shape<"B">> {vae.name = "y"})
    attributes {program.requirements = [#program.requirement<"B - L", "fewer keys", "m.vae:3:10">]} {
  return %x : tensor<?xf32, #program.shape<"B">>
}

// A reshape is the same memory; the attributes of arguments and results arrive; a result that is an input is a copy.
// CHECK-LABEL: program.program @views {{ *}}entry symbols ["B"]
// CHECK: %[[X:.*]] = program.buffer {{ *}}input "x" {range = array<f32: 0.000000e+00, 1.000000e+00>} : tensor<?xf32, #program.shape<"8*B">>
// CHECK: program.buffer {{ *}}input "beta" {default_value = 5.000000e-01 : f32} : tensor<f32>
// CHECK: program.buffer {{ *}}input "noise0" {noise = "normal"}
// CHECK: %[[Y:.*]] = program.buffer {{ *}}output "y" : tensor<?xf32, #program.shape<"8*B">>
// CHECK: %[[SAME:.*]] = program.buffer {{ *}}output "same"
// CHECK: %[[LOSS:.*]] = program.buffer {{ *}}output "kl" {report}
// CHECK: %[[VIEW:.*]] = program.buffer {{ *}}transient same_memory %[[X]] {lifetime = array<i64: 0, 0>} : tensor<?x8xf32, #program.shape<"B", 8>>
// CHECK: %[[RESULT:.*]] = program.buffer {{ *}}transient same_memory %[[Y]] {lifetime = array<i64: 0, 0>} : tensor<?x8xf32, #program.shape<"B", 8>>
// CHECK: program.dispatch @rows(%[[VIEW]], %[[RESULT]]) sizes ["B"]
// CHECK: program.copy %[[X]] to %[[SAME]]
func.func @views(%x: tensor<?xf32, #program.shape<"8*B">> {vae.name = "x", vae.range = [0.0 : f32, 1.0 : f32]}, %b: tensor<f32> {vae.name = "beta", vae.default = 0.5 : f64},
                 %n: tensor<8xf32> {vae.name = "noise0", vae.noise = "normal"})
    -> (tensor<?xf32, #program.shape<"8*B">> {vae.name = "y"}, tensor<?xf32, #program.shape<"8*B">> {vae.name = "same"}, tensor<f32> {vae.name = "kl", vae.report}) {
  %v = program.reshape %x : tensor<?xf32, #program.shape<"8*B">> to tensor<?x8xf32, #program.shape<"B", 8>>
  %r = program.launch @rows(%v) sizes ["B"] : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>>
  %y = program.reshape %r : tensor<?x8xf32, #program.shape<"B", 8>> to tensor<?xf32, #program.shape<"8*B">>
  return %y, %x, %b : tensor<?xf32, #program.shape<"8*B">>, tensor<?xf32, #program.shape<"8*B">>, tensor<f32>
}
