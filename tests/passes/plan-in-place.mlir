// RUN: vae-opt --vae-plan-programs %s | FileCheck %s
// RUN: vae-opt --vae-plan-programs --why %s 2>&1 >/dev/null | FileCheck %s --check-prefix=WHY

!t = tensor<8x8xf32>

// A sum of two tensors, and of one and the other transposed.
program.kernel @add(%x: !t, %y: !t) -> (!t) attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : !t
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]} ins(%x, %y : !t, !t) outs(%e : !t) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> !t
  program.yield %r : !t
}
program.kernel @turn(%x: !t) -> (!t) attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : !t
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]} ins(%x : !t) outs(%e : !t) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> !t
  program.yield %r : !t
}

// The sum lies over the first of its inputs that nobody reads again; what a caller gave and what it gets stay apart.
// CHECK-LABEL: program.program @chain
// CHECK: %[[X:.*]] = program.buffer {{ *}}input "x"
// CHECK: %[[Y:.*]] = program.buffer {{ *}}output "y"
// CHECK: %[[A:.*]] = program.buffer {{ *}}transient
// CHECK-NOT: program.buffer
// CHECK: program.dispatch @turn(%[[X]], %[[A]])
// CHECK: program.dispatch @add_in_place(%[[X]], %[[A]])
// CHECK: program.dispatch @add_in_place_0(%[[A]], %[[X]])
// CHECK: program.dispatch @add(%[[A]], %[[X]], %[[Y]])
// CHECK-NOT: program.copy
func.func @chain(%x: !t {vae.name = "x"}) -> (!t {vae.name = "y"}) attributes {vae.kind = "entry"} {
  %a = program.launch @turn(%x) sizes [] : (!t) -> !t
  %b = program.launch @add(%x, %a) sizes [] : (!t, !t) -> !t
  %c = program.launch @add(%b, %x) sizes [] : (!t, !t) -> !t
  %y = program.launch @add(%c, %x) sizes [] : (!t, !t) -> !t
  return %y : !t
}

// Not over what is read later, nor over what is read at other places.
// CHECK-LABEL: program.program @kept
// CHECK: program.dispatch @turn(%[[X:.*]], %[[A:.*]])
// CHECK: program.dispatch @turn(%[[A]], %[[B:.*]])
// CHECK: program.dispatch @turn(%[[B]], %[[C:.*]])
// CHECK: program.dispatch @add_in_place(%[[B]], %[[C]])
// CHECK: program.dispatch @add(%[[B]], %[[C]], %{{.*}})
// WHY: program.launch: not written over its input: the input is read by another step, or at other elements than the result is written
func.func @kept(%x: !t {vae.name = "x"}) -> (!t {vae.name = "y"}) attributes {vae.kind = "entry"} {
  %a = program.launch @turn(%x) sizes [] : (!t) -> !t
  %b = program.launch @turn(%a) sizes [] : (!t) -> !t
  %c = program.launch @turn(%b) sizes [] : (!t) -> !t
  %d = program.launch @add(%b, %c) sizes [] : (!t, !t) -> !t
  %y = program.launch @add(%b, %d) sizes [] : (!t, !t) -> !t
  return %y : !t
}

// A reader beside it would have to come first: they stay in one phase.
// CHECK-LABEL: program.program @beside {{.*}} phases 3
// CHECK: program.dispatch @turn(%{{.*}}, %[[A:.*]])
// CHECK-NEXT: program.barrier
// CHECK-NEXT: program.dispatch @turn(%[[A]], %{{.*}})
// CHECK-NEXT: program.dispatch @add(%[[A]], %{{.*}}, %{{.*}})
// WHY: program.launch: not written over its input: it would wait for others that read the input
func.func @beside(%x: !t {vae.name = "x"}) -> (!t {vae.name = "y"}) attributes {vae.kind = "entry"} {
  %a = program.launch @turn(%x) sizes [] : (!t) -> !t
  %b = program.launch @turn(%a) sizes [] : (!t) -> !t
  %c = program.launch @add(%a, %x) sizes [] : (!t, !t) -> !t
  %y = program.launch @add(%b, %c) sizes [] : (!t, !t) -> !t
  return %y : !t
}

// What reads the value beside the launch that could write over it, and waits for nothing in between, comes first: a shortcut from a block's input.
// CHECK-LABEL: program.program @shortcut {{.*}} phases 5
// CHECK: program.dispatch @turn(%{{.*}}, %[[A:.*]])
// CHECK: program.dispatch @turn(%[[A]], %[[B:.*]])
// CHECK-NEXT: program.dispatch @turn(%[[A]], %[[S:.*]])
// CHECK: program.dispatch @add_in_place{{.*}}(%[[A]], %{{.*}})
// CHECK: program.dispatch @add(%[[A]], %[[S]], %{{.*}})
func.func @shortcut(%x: !t {vae.name = "x"}) -> (!t {vae.name = "y"}) attributes {vae.kind = "entry"} {
  %a = program.launch @turn(%x) sizes [] : (!t) -> !t
  %b = program.launch @turn(%a) sizes [] : (!t) -> !t
  %c = program.launch @turn(%b) sizes [] : (!t) -> !t
  %d = program.launch @add(%a, %c) sizes [] : (!t, !t) -> !t
  %s = program.launch @turn(%a) sizes [] : (!t) -> !t
  %y = program.launch @add(%d, %s) sizes [] : (!t, !t) -> !t
  return %y : !t
}

// Within a turn, too, but not over what the turns around read again.
// CHECK-LABEL: program.program @loop
// CHECK: program.dispatch @turn(%{{.*}}, %[[W:.*]])
// CHECK: program.repeat count "3"
// CHECK: program.dispatch @add(%[[Y:.*]], %[[W]], %[[T:.*]])
// CHECK: program.dispatch @add(%[[T]], %[[W]], %[[Y]])
func.func @loop(%x: !t {vae.name = "x"}) -> (!t {vae.name = "y"}) attributes {vae.kind = "entry"} {
  %w = program.launch @turn(%x) sizes [] : (!t) -> !t
  %y = program.repeat_call @body count "3" carrying(%x : !t) captures(%w : !t)
  return %y : !t
}
func.func private @body(%y: !t, %w: !t) -> !t attributes {vae.kind = "loop"} {
  %a = program.launch @add(%y, %w) sizes [] : (!t, !t) -> !t
  %b = program.launch @add(%a, %w) sizes [] : (!t, !t) -> !t
  return %b : !t
}
