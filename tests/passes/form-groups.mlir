// RUN: vae-opt --vae-form-groups %s | FileCheck %s
// RUN: vae-opt --vae-form-groups=max-buffers=5 %s | FileCheck %s --check-prefix=FEW

vae.parameter @w : tensor<16x8xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @p : tensor<16xf32> init #program.init<zeros, 0.0, 0.0>

// Contraction, bias, activation: one group.
// CHECK-LABEL: @linear_relu
// CHECK: vae.group {
// CHECK-NEXT: vae.matmul
// CHECK-NEXT: vae.add
// CHECK-NEXT: vae.relu
// CHECK-NEXT: vae.yield
// CHECK-NOT: vae.group
func.func @linear_relu(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %b: tensor<16xf32>) -> tensor<4x16xf32> {
  %p = vae.matmul %x, %w {transpose_b = true} : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
  %s = vae.add %p, %b : tensor<4x16xf32>, tensor<16xf32>
  %y = vae.relu %s : tensor<4x16xf32>
  return %y : tensor<4x16xf32>
}

// An elementwise chain is one group, and sees its constants inside.
// CHECK-LABEL: @chain
// CHECK-NEXT: vae.group {
// CHECK: vae.constant
// CHECK: vae.tanh
// CHECK: vae.yield
// CHECK-NOT: vae.group
func.func @chain(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %c = vae.constant dense<2.0> : tensor<f32>
  %a = vae.mul %x, %c : tensor<4x8xf32>, tensor<f32>
  %b = vae.exp %a : tensor<4x8xf32>
  %d = vae.add %b, %y : tensor<4x8xf32>, tensor<4x8xf32>
  %e = vae.tanh %d : tensor<4x8xf32>
  return %e : tensor<4x8xf32>
}

// What a second contraction reads must be stored: two groups, not one.
// CHECK-LABEL: @mlp
// CHECK: %[[H:.*]] = vae.group {
// CHECK: vae.relu
// CHECK: vae.group {
// CHECK-NEXT: vae.matmul %[[H]]
// CHECK-NOT: vae.group
func.func @mlp(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %p = vae.matmul %x, %w {transpose_b = true} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %h = vae.relu %p : tensor<4x8xf32>
  %q = vae.matmul %h, %w {transpose_b = true} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %q : tensor<4x8xf32>
}

// The elementwise producer runs inside the reduction; what follows is its epilogue. z reads the same rows, so it is a side result.
// CHECK-LABEL: @rows
// CHECK: %{{.*}}:2 = vae.group {
// CHECK-NOT: vae.group
// CHECK: return
func.func @rows(%x: tensor<400x800xf32>, %y: tensor<400x800xf32>) -> (tensor<400x800xf32>, tensor<400xf32>) {
  %z = vae.add %x, %y : tensor<400x800xf32>, tensor<400x800xf32>
  %d = vae.sub %x, %y : tensor<400x800xf32>, tensor<400x800xf32>
  %q = vae.square %d : tensor<400x800xf32>
  %s = vae.sum %q {axis = array<i64: 1>} : (tensor<400x800xf32>) -> tensor<400xf32>
  %e = vae.sqrt %s : tensor<400xf32>
  return %z, %e : tensor<400x800xf32>, tensor<400xf32>
}

// What reads whole rows' sums at every element has to wait for them: a second group.
// CHECK-LABEL: @normalise
// CHECK: %[[S:.*]] = vae.group {
// CHECK: vae.sum
// CHECK: vae.group {
// CHECK-NEXT: vae.div %{{.*}}, %[[S]]
func.func @normalise(%x: tensor<400x800xf32>) -> tensor<400x800xf32> {
  %s = vae.sum %x {axis = array<i64: 0>} : (tensor<400x800xf32>) -> tensor<800xf32>
  %y = vae.div %x, %s : tensor<400x800xf32>, tensor<800xf32>
  return %y : tensor<400x800xf32>
}

// Noise is drawn again where it is read; the group between, which would have to run both before and after, stays apart.
// CHECK-LABEL: @recompute
// CHECK: %[[A:.*]] = vae.group {
// CHECK: vae.normal
// CHECK: %[[B:.*]] = vae.group {
// CHECK-NEXT: vae.matmul %[[A]]
// CHECK: vae.normal
// CHECK-NOT: vae.group
func.func @recompute(%x: tensor<400x400xf32>, %w: tensor<400x400xf32>) -> tensor<400x400xf32> {
  %r = vae.rng
  %e = vae.normal %r <400, 400> {site = 0 : i64} : tensor<400x400xf32>
  %a = vae.add %x, %e : tensor<400x400xf32>, tensor<400x400xf32>
  %b = vae.matmul %a, %w {transpose_b = true} : (tensor<400x400xf32>, tensor<400x400xf32>) -> tensor<400x400xf32>
  %y = vae.mul %b, %e : tensor<400x400xf32>, tensor<400x400xf32>
  return %y : tensor<400x400xf32>
}

// The optimiser follows the gradient's contraction, after the last reader of the old weight.
// CHECK-LABEL: @update
// CHECK: %[[W:.*]] = vae.read @w
// CHECK: %[[BACK:.*]] = vae.group {
// CHECK-NEXT: vae.matmul %{{.*}}, %[[W]]
// CHECK: %[[NEW:.*]] = vae.group {
// CHECK-NEXT: vae.matmul {{.*}} {transpose_a = true}
// CHECK-NEXT: vae.sub %[[W]]
// CHECK: vae.update @w = %[[NEW]]
func.func @update(%x: tensor<4x8xf32>, %g: tensor<4x16xf32>) -> tensor<4x8xf32> {
  %w = vae.read @w : tensor<16x8xf32>
  %gw = vae.matmul %g, %x {transpose_a = true} : (tensor<4x16xf32>, tensor<4x8xf32>) -> tensor<16x8xf32>
  %gx = vae.matmul %g, %w : (tensor<4x16xf32>, tensor<16x8xf32>) -> tensor<4x8xf32>
  %n = vae.sub %w, %gw : tensor<16x8xf32>, tensor<16x8xf32>
  vae.update @w = %n : tensor<16x8xf32>
  return %gx : tensor<4x8xf32>
}

// So does what a loop carries follow the readers of its old value.
// CHECK-LABEL: @turn
// CHECK-SAME: %[[X:[^:]*]]: tensor<4x8xf32>, %[[S:[^:]*]]: tensor<4xf32>
// CHECK: %[[SUM:.*]] = vae.group {
// CHECK-NEXT: vae.sum %[[X]]
// CHECK: %[[NEW:.*]] = vae.group {
// CHECK-NEXT: vae.relu %[[X]]
// CHECK: return %{{.*}}, %[[NEW]], %[[SUM]]
func.func @turn(%i: tensor<i32>, %x: tensor<4x8xf32>, %s: tensor<4xf32>) -> (tensor<i32>, tensor<4x8xf32>, tensor<4xf32>) attributes {vae.kind = "loop"} {
  %r = vae.sum %x {axis = array<i64: 1>} : (tensor<4x8xf32>) -> tensor<4xf32>
  %n = vae.relu %x : tensor<4x8xf32>
  return %i, %n, %r : tensor<i32>, tensor<4x8xf32>, tensor<4xf32>
}

// Large kernels that share nothing stay apart; small ones are one launch.
// CHECK-LABEL: @siblings
// CHECK: vae.group {
// CHECK-NEXT: vae.exp
// CHECK-NEXT: vae.yield
// CHECK: vae.group {
// CHECK-NEXT: vae.exp
// CHECK-NEXT: vae.yield
// CHECK: vae.group {
// CHECK-NEXT: vae.tanh
// CHECK-NEXT: vae.tanh
// CHECK-NEXT: vae.yield
func.func @siblings(%a: tensor<400x400xf32>, %b: tensor<400x400xf32>, %c: tensor<4xf32>, %d: tensor<4xf32>)
    -> (tensor<400x400xf32>, tensor<400x400xf32>, tensor<4xf32>, tensor<4xf32>) {
  %0 = vae.exp %a : tensor<400x400xf32>
  %1 = vae.exp %b : tensor<400x400xf32>
  %2 = vae.tanh %c : tensor<4xf32>
  %3 = vae.tanh %d : tensor<4xf32>
  return %0, %1, %2, %3 : tensor<400x400xf32>, tensor<400x400xf32>, tensor<4xf32>, tensor<4xf32>
}

// Bias stays with its contraction, whose result is stored once; what reads two such results ends in the reduction, beside the side result.
// CHECK-LABEL: @heads
// CHECK: %[[A:.*]] = vae.group {
// CHECK-NEXT: vae.matmul
// CHECK-NEXT: vae.add
// CHECK-NEXT: vae.yield
// CHECK: %[[B:.*]] = vae.group {
// CHECK-NEXT: vae.matmul
// CHECK-NEXT: vae.add
// CHECK-NEXT: vae.yield
// CHECK: %{{.*}}:2 = vae.group {
// CHECK: vae.sum
// CHECK: vae.yield
// CHECK-NOT: vae.group
func.func @heads(%x: tensor<400x200xf32>, %w: tensor<400x200xf32>, %v: tensor<400x200xf32>, %b: tensor<400xf32>)
    -> (tensor<400x400xf32>, tensor<400xf32>) {
  %p = vae.matmul %x, %w {transpose_b = true} : (tensor<400x200xf32>, tensor<400x200xf32>) -> tensor<400x400xf32>
  %mu = vae.add %p, %b : tensor<400x400xf32>, tensor<400xf32>
  %q = vae.matmul %x, %v {transpose_b = true} : (tensor<400x200xf32>, tensor<400x200xf32>) -> tensor<400x400xf32>
  %logvar = vae.add %q, %b : tensor<400x400xf32>, tensor<400xf32>
  %d = vae.exp %logvar : tensor<400x400xf32>
  %z = vae.add %mu, %d : tensor<400x400xf32>, tensor<400x400xf32>
  %m = vae.square %mu : tensor<400x400xf32>
  %k = vae.sub %m, %d : tensor<400x400xf32>, tensor<400x400xf32>
  %s = vae.sum %k {axis = array<i64: 1>} : (tensor<400x400xf32>) -> tensor<400xf32>
  return %z, %s : tensor<400x400xf32>, tensor<400xf32>
}

// A loop's length comes from what is read along it, so what only repeats along a folded axis is stored first.
// CHECK-LABEL: @repeated
// CHECK: %[[R:.*]] = vae.group {
// CHECK: vae.broadcast
// CHECK: vae.group {
// CHECK-NEXT: vae.sum %[[R]]
func.func @repeated(%x: tensor<400x1xf32>) -> tensor<400xf32> {
  %b = vae.broadcast %x to <400, 300> : (tensor<400x1xf32>) -> tensor<400x300xf32>
  %s = vae.sum %b {axis = array<i64: 1>} : (tensor<400x300xf32>) -> tensor<400xf32>
  return %s : tensor<400xf32>
}

// A kernel binds no more tensors than devices can: of what an op would compute again from many values, some is stored.
// CHECK-LABEL: @many
// CHECK-COUNT-2: vae.group {
// CHECK-NOT: vae.group
// FEW-LABEL: @many
// FEW-COUNT-3: vae.group {
func.func @many(%x: tensor<400x800xf32>, %a: tensor<800xf32>, %b: tensor<800xf32>, %c: tensor<800xf32>, %d: tensor<800xf32>,
                %v: tensor<400x800xf32>) -> (tensor<400x400xf32>, tensor<400x800xf32>) {
  %0 = vae.add %x, %a : tensor<400x800xf32>, tensor<800xf32>
  %1 = vae.add %0, %b : tensor<400x800xf32>, tensor<800xf32>
  %2 = vae.add %1, %c : tensor<400x800xf32>, tensor<800xf32>
  %3 = vae.add %2, %d : tensor<400x800xf32>, tensor<800xf32>
  %y = vae.mul %3, %v : tensor<400x800xf32>, tensor<400x800xf32>
  %p = vae.matmul %y, %v {transpose_b = true} : (tensor<400x800xf32>, tensor<400x800xf32>) -> tensor<400x400xf32>
  return %p, %y : tensor<400x400xf32>, tensor<400x800xf32>
}
