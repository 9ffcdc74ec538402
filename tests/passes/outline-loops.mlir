// RUN: vae-opt --vae-outline-loops --split-input-file --verify-diagnostics %s | FileCheck %s

// The count, a parameter and a constant are made inside; the argument is handed in.
// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>, %[[V:.*]]: tensor<4xf32>)
// CHECK: %[[ZERO:.*]] = vae.constant dense<0> : tensor<i32>
// CHECK: %[[R:.*]]:2 = program.repeat_call @f.loop0 count "H*W" carrying(%[[ZERO]], %[[X]] : tensor<i32>, tensor<4xf32>) captures(%[[V]] : tensor<4xf32>)
// CHECK: vae.relu %[[R]]#1
// CHECK-LABEL: func.func private @f.loop0(
// CHECK-SAME: %[[T:.*]]: tensor<i32>, %[[OLD:.*]]: tensor<4xf32>, %[[IN:.*]]: tensor<4xf32>) -> (tensor<i32>, tensor<4xf32>) attributes {vae.kind = "loop"}
// CHECK-DAG: vae.read @w
// CHECK-DAG: vae.constant dense<2.0
// CHECK: %[[NEW:.*]] = vae.add %{{.*}}, %[[IN]]
// CHECK: %[[ONE:.*]] = vae.constant dense<1> : tensor<i32>
// CHECK: %[[NEXT:.*]] = vae.add %[[T]], %[[ONE]]
// CHECK: return %[[NEXT]], %[[NEW]]
vae.parameter @w : tensor<4xf32> init <zeros, 0.0, 0.0>
func.func @f(%x: tensor<4xf32>, %v: tensor<4xf32>) -> tensor<4xf32> {
  %w = vae.read @w : tensor<4xf32>
  %two = vae.constant dense<2.0> : tensor<f32>
  %y = vae.loop "H*W" carrying(%x) {
  ^bb0(%t: tensor<i32>, %old: tensor<4xf32>):
    %a = vae.mul %old, %w : tensor<4xf32>, tensor<4xf32>
    %b = vae.mul %a, %two : tensor<4xf32>, tensor<f32>
    %c = vae.add %b, %v : tensor<4xf32>, tensor<4xf32>
    vae.yield %c : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  %z = vae.relu %y : tensor<4xf32>
  return %z : tensor<4xf32>
}

// A loop in a loop reads the outer one's turn.
// CHECK-LABEL: func.func @nested(
// CHECK: program.repeat_call @nested.loop0 count "3"
// CHECK-LABEL: func.func private @nested.loop0(
// CHECK-SAME: %[[T:[^:]*]]: tensor<i32>
// CHECK: program.repeat_call @nested.loop0.loop0 count "5" carrying(%{{.*}}, %{{.*}} : tensor<i32>, tensor<i32>) captures(%[[T]] : tensor<i32>)
// CHECK-LABEL: func.func private @nested.loop0.loop0(
func.func @nested(%x: tensor<i32>) -> tensor<i32> {
  %y = vae.loop "3" carrying(%x) {
  ^bb0(%t: tensor<i32>, %old: tensor<i32>):
    %z = vae.loop "5" carrying(%old) {
    ^bb0(%u: tensor<i32>, %inner: tensor<i32>):
      %s = vae.add %inner, %t : tensor<i32>, tensor<i32>
      vae.yield %s : tensor<i32>
    } : (tensor<i32>) -> tensor<i32>
    vae.yield %z : tensor<i32>
  } : (tensor<i32>) -> tensor<i32>
  return %y : tensor<i32>
}

// A function without a loop stays as it is.
// CHECK-LABEL: func.func @none(
// CHECK-NEXT: vae.relu
// CHECK-NEXT: return
// CHECK-NOT: func.func
func.func @none(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = vae.relu %x : tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

vae.parameter @mean : tensor<4xf32> init <zeros, 0.0, 0.0> {frozen}
func.func @moves(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = vae.loop "3" carrying(%x) {
  ^bb0(%t: tensor<i32>, %old: tensor<4xf32>):
    // expected-error @below {{a buffer moves inside a loop; training moves each once}}
    vae.update @mean = %old : tensor<4xf32>
    vae.yield %old : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
