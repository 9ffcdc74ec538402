// RUN: vae-opt --vae-plan-programs %s | FileCheck %s
// Loops: where carried values live, what is copied, and how long the memory of each buffer lives.

program.parameter @w : tensor<8xf32> init #program.init<zeros, 0.0, 0.0>

// Bodies of kernels don't matter here. `step` and `touch` write over their first input.
program.kernel @k(%x: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: -1>} {
  program.yield %x : tensor<8xf32>
}
program.kernel @k2(%x: tensor<8xf32>, %y: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: -1>} {
  program.yield %x : tensor<8xf32>
}
program.kernel @step(%w: tensor<8xf32>, %g: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: 0>} {
  program.yield %w : tensor<8xf32>
}
program.kernel @touch(%x: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: 0>} {
  program.yield %x : tensor<8xf32>
}

// A turn that writes over its operand: the carried value stays in one place, which is where the caller reads it. The
// bodies are no programs of their own.
// CHECK-NOT: @touch_body
func.func private @touch_body(%x: tensor<8xf32>) -> tensor<8xf32> attributes {vae.kind = "loop"} {
  %y = program.launch @touch(%x) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
// CHECK-LABEL: program.program @in_place {{ *}}entry symbols ["H"] phases 3 {
// CHECK-NEXT: %[[A:.*]] = program.buffer {{ *}}input "a"
// CHECK-NEXT: %[[Y:.*]] = program.buffer {{ *}}output "y"
// CHECK-NEXT: program.dispatch @k(%[[A]], %[[Y]])
// CHECK-NEXT: program.repeat count "H" {
// CHECK-NEXT: program.dispatch @touch(%[[Y]])
// CHECK-NEXT: }
// CHECK-NEXT: }
func.func @in_place(%a: tensor<8xf32> {vae.name = "a"}) -> (tensor<8xf32> {vae.name = "y"}) {
  %x = program.launch @k(%a) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %y = program.repeat_call @touch_body count "H" carrying(%x : tensor<8xf32>)
  return %y : tensor<8xf32>
}

// The caller's input is never written over: it is copied in.
// CHECK-LABEL: program.program @from_input
// CHECK: %[[A:.*]] = program.buffer {{ *}}input "a"
// CHECK: %[[Y:.*]] = program.buffer {{ *}}output "y"
// CHECK: program.copy %[[A]] to %[[Y]]
// CHECK-NEXT: program.repeat count "4" {
// CHECK-NEXT: program.dispatch @touch(%[[Y]])
// CHECK-NEXT: }
// CHECK-NEXT: }
func.func @from_input(%a: tensor<8xf32> {vae.name = "a"}) -> (tensor<8xf32> {vae.name = "y"}) {
  %y = program.repeat_call @touch_body count "4" carrying(%a : tensor<8xf32>)
  return %y : tensor<8xf32>
}

// The initial value is read after the loop: it keeps its memory, which lives through the loop.
// CHECK-LABEL: program.program @read_later {{ *}}entry symbols [] phases 4
// CHECK: %[[Y:.*]] = program.buffer {{ *}}output "y"
// CHECK: %[[X:.*]] = program.buffer {{ *}}transient {lifetime = array<i64: 0, 3>}
// CHECK: %[[C:.*]] = program.buffer {{ *}}transient {lifetime = array<i64: 1, 3>}
// CHECK: program.copy %[[X]] to %[[C]]
// CHECK-NEXT: program.repeat count "4" {
// CHECK-NEXT: program.dispatch @touch(%[[C]])
// CHECK-NEXT: }
// CHECK-NEXT: program.dispatch @k2(%[[X]], %[[C]], %[[Y]])
func.func @read_later(%a: tensor<8xf32> {vae.name = "a"}) -> (tensor<8xf32> {vae.name = "y"}) {
  %x = program.launch @k(%a) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %r = program.repeat_call @touch_body count "4" carrying(%x : tensor<8xf32>)
  %y = program.launch @k2(%x, %r) sizes [] : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// The body reads the initial value too: both slots need memory of their own.
func.func private @captures_initial(%x: tensor<8xf32>, %first: tensor<8xf32>) -> tensor<8xf32> {
  %y = program.launch @step(%x, %first) sizes [] : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
// CHECK-LABEL: program.program @captured
// CHECK: %[[Y:.*]] = program.buffer {{ *}}output "y"
// CHECK: %[[X:.*]] = program.buffer {{ *}}transient {lifetime = array<i64: 0, 2>}
// CHECK: program.copy %[[X]] to %[[Y]]
// CHECK-NEXT: program.repeat count "4" {
// CHECK-NEXT: program.dispatch @step(%[[Y]], %[[X]])
func.func @captured(%a: tensor<8xf32> {vae.name = "a"}) -> (tensor<8xf32> {vae.name = "y"}) {
  %x = program.launch @k(%a) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %y = program.repeat_call @captures_initial count "4" carrying(%x : tensor<8xf32>) captures(%x : tensor<8xf32>)
  return %y : tensor<8xf32>
}

// A launch can't write what it reads unless its kernel is made for that: the new value has memory of its own in the
// turn, and is copied at its end.
func.func private @copies(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = program.launch @k(%x) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
// CHECK-LABEL: program.program @copied {{ *}}entry symbols [] phases 4 {
// CHECK: %[[Y:.*]] = program.buffer {{ *}}output "y"
// CHECK: %[[T:.*]] = program.buffer {{ *}}transient {lifetime = array<i64: 1, 2>}
// CHECK: program.repeat count "4" {
// CHECK-NEXT: program.dispatch @k(%[[Y]], %[[T]])
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.copy %[[T]] to %[[Y]]
// CHECK-NEXT: }
func.func @copied(%a: tensor<8xf32> {vae.name = "a"}) -> (tensor<8xf32> {vae.name = "y"}) {
  %y = program.repeat_call @copies count "4" carrying(%a : tensor<8xf32>)
  return %y : tensor<8xf32>
}

// The last launch no longer needs the carried value: it writes the new one over it, though it doesn't read it.
func.func private @over(%x: tensor<8xf32>) -> tensor<8xf32> {
  %a = program.launch @k(%x) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %y = program.launch @k(%a) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
// CHECK-LABEL: program.program @overwritten
// CHECK: %[[Y:.*]] = program.buffer {{ *}}output "y"
// CHECK: %[[T:.*]] = program.buffer {{ *}}transient
// CHECK: program.repeat count "4" {
// CHECK-NEXT: program.dispatch @k(%[[Y]], %[[T]])
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.dispatch @k(%[[T]], %[[Y]])
// CHECK-NEXT: }
func.func @overwritten(%a: tensor<8xf32> {vae.name = "a"}) -> (tensor<8xf32> {vae.name = "y"}) {
  %y = program.repeat_call @over count "4" carrying(%a : tensor<8xf32>)
  return %y : tensor<8xf32>
}

// The old value is read after the new one is there, and becomes the second carried value: nothing in place, and the
// copies at the end don't overwrite what another still reads.
func.func private @shifts(%x: tensor<8xf32>, %before: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %y = program.launch @step(%x, %before) sizes [] : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y, %x : tensor<8xf32>, tensor<8xf32>
}
// CHECK-LABEL: program.program @shifted
// CHECK: %[[X:.*]] = program.buffer {{ *}}output "x"
// CHECK: %[[BEFORE:.*]] = program.buffer {{ *}}output "before"
// CHECK: %[[T:.*]] = program.buffer {{ *}}transient
// CHECK: program.repeat count "4" {
// CHECK-NEXT: program.copy %[[X]] to %[[T]]
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.dispatch @step(%[[T]], %[[BEFORE]])
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.copy %[[X]] to %[[BEFORE]]
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.copy %[[T]] to %[[X]]
// CHECK-NEXT: }
func.func @shifted(%a: tensor<8xf32> {vae.name = "a"}, %b: tensor<8xf32> {vae.name = "b"}) -> (tensor<8xf32> {vae.name = "x"}, tensor<8xf32> {vae.name = "before"}) {
  %r:2 = program.repeat_call @shifts count "4" carrying(%a, %b : tensor<8xf32>, tensor<8xf32>)
  return %r#0, %r#1 : tensor<8xf32>, tensor<8xf32>
}

// Two carried values change places each turn: one is saved.
func.func private @swaps(%x: tensor<8xf32>, %y: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  return %y, %x : tensor<8xf32>, tensor<8xf32>
}
// CHECK-LABEL: program.program @swapped
// CHECK: %[[X:.*]] = program.buffer {{ *}}output "x"
// CHECK: %[[Y:.*]] = program.buffer {{ *}}output "y"
// CHECK: program.repeat count "3" {
// CHECK-NEXT: program.copy %[[Y]] to %[[T:.*]]
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.copy %[[X]] to %[[Y]]
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.copy %[[T]] to %[[X]]
// CHECK-NEXT: }
func.func @swapped(%a: tensor<8xf32> {vae.name = "a"}, %b: tensor<8xf32> {vae.name = "b"}) -> (tensor<8xf32> {vae.name = "x"}, tensor<8xf32> {vae.name = "y"}) {
  %r:2 = program.repeat_call @swaps count "3" carrying(%a, %b : tensor<8xf32>, tensor<8xf32>)
  return %r#0, %r#1 : tensor<8xf32>, tensor<8xf32>
}

// What the body reads from outside is never written over by it, and lives to the loop's end.
func.func private @uses_outside(%x: tensor<8xf32>, %c: tensor<8xf32>) -> tensor<8xf32> {
  %a = program.launch @touch(%c) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %b = program.launch @touch(%a) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %y = program.launch @step(%x, %b) sizes [] : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
// CHECK-LABEL: program.program @outside {{ *}}entry symbols [] phases 6 {
// CHECK: %[[Y:.*]] = program.buffer {{ *}}output "y"
// CHECK: %[[C:.*]] = program.buffer {{ *}}transient {lifetime = array<i64: 0, 4>}
// CHECK: %[[T:.*]] = program.buffer {{ *}}transient {lifetime = array<i64: 1, 4>}
// CHECK: program.repeat count "4" {
// CHECK-NEXT: program.copy %[[C]] to %[[T]]
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.dispatch @touch(%[[T]])
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.dispatch @touch(%[[T]])
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.dispatch @step(%[[Y]], %[[T]])
func.func @outside(%a: tensor<8xf32> {vae.name = "a"}) -> (tensor<8xf32> {vae.name = "y"}) {
  %c = program.launch @k(%a) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %y = program.repeat_call @uses_outside count "4" carrying(%a : tensor<8xf32>) captures(%c : tensor<8xf32>)
  return %y : tensor<8xf32>
}

// Loops nest. The inner one takes over the outer one's carried value; the outer one's captures live through both; the
// transient between them lives in the outer body.
func.func private @inner(%x: tensor<8xf32>, %c: tensor<8xf32>, %n: tensor<8xf32>) -> tensor<8xf32> {
  %t = program.launch @k2(%c, %n) sizes [] : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %y = program.launch @step(%x, %t) sizes [] : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
func.func private @outer(%x: tensor<8xf32>, %c: tensor<8xf32>) -> tensor<8xf32> {
  %n = program.launch @k(%c) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %y = program.repeat_call @inner count "W" carrying(%x : tensor<8xf32>) captures(%c, %n : tensor<8xf32>, tensor<8xf32>)
  return %y : tensor<8xf32>
}
// CHECK-LABEL: program.program @nested {{ *}}entry symbols ["H", "W"] phases 6 {
// CHECK: %[[Y:.*]] = program.buffer {{ *}}output "y"
// CHECK: %[[C:.*]] = program.buffer {{ *}}transient {lifetime = array<i64: 0, 4>}
// CHECK: %[[N:.*]] = program.buffer {{ *}}transient {lifetime = array<i64: 1, 3>}
// CHECK: %[[T:.*]] = program.buffer {{ *}}transient {lifetime = array<i64: 2, 3>}
// CHECK: program.repeat count "H" {
// CHECK-NEXT: program.dispatch @k(%[[C]], %[[N]])
// CHECK-NEXT: program.repeat count "W" {
// CHECK-NEXT: program.dispatch @k2(%[[C]], %[[N]], %[[T]])
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.dispatch @step(%[[Y]], %[[T]])
// CHECK-NEXT: }
// CHECK-NEXT: }
// CHECK-NEXT: }
func.func @nested(%a: tensor<8xf32> {vae.name = "a"}) -> (tensor<8xf32> {vae.name = "y"}) {
  %c = program.launch @k(%a) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %y = program.repeat_call @outer count "H" carrying(%a : tensor<8xf32>) captures(%c : tensor<8xf32>)
  return %y : tensor<8xf32>
}

// A loop whose turns change nothing is none; its results are its initial values.
func.func private @still(%x: tensor<8xf32>) -> tensor<8xf32> {
  return %x : tensor<8xf32>
}
// CHECK-LABEL: program.program @nothing
// CHECK-NOT: program.repeat
// CHECK: program.copy %{{.*}} to %{{.*}}
// CHECK-NEXT: }
func.func @nothing(%a: tensor<8xf32> {vae.name = "a"}) -> (tensor<8xf32> {vae.name = "y"}) {
  %y = program.repeat_call @still count "4" carrying(%a : tensor<8xf32>)
  return %y : tensor<8xf32>
}

// The body binds the parameter, so that its memory keeps the old value until the end, though nothing in the function
// itself reads it any more.
func.func private @binds(%x: tensor<8xf32>) -> tensor<8xf32> {
  %w = program.bind parameter @w : tensor<8xf32>
  %y = program.launch @step(%x, %w) sizes [] : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
// CHECK-LABEL: program.program @update {{ *}}train
// CHECK: %[[W:.*]] = program.buffer {{ *}}parameter @w
// CHECK: program.copy %[[W]] to %[[NEXT:.*]]
// CHECK: program.dispatch @touch(%[[NEXT]])
// CHECK: program.repeat count "4" {
// CHECK-NEXT: program.dispatch @step(%{{.*}}, %[[W]])
// CHECK: program.copy %[[NEXT]] to %[[W]]
func.func @update(%a: tensor<8xf32> {vae.name = "a"}) -> (tensor<8xf32> {vae.name = "y"}) attributes {vae.kind = "train"} {
  %w = program.bind parameter @w : tensor<8xf32>
  %n = program.launch @touch(%w) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %y = program.repeat_call @binds count "4" carrying(%a : tensor<8xf32>)
  program.update @w = %n : tensor<8xf32>
  return %y : tensor<8xf32>
}
