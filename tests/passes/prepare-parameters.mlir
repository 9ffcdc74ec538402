// RUN: vae-opt --vae-prepare-parameters --cse --canonicalize %s | FileCheck %s
// RUN: vae-opt --vae-prepare-parameters --why %s 2>&1 >/dev/null | FileCheck %s --check-prefix=WHY

module {
  vae.parameter @w : tensor<4x8xf32> init #program.init<zeros, 0.0, 0.0>
  vae.parameter @s : tensor<f32> init #program.init<zeros, 0.0, 0.0>
  program.state @m : tensor<4x8xf32>

  // What follows from a weight and a constant; a view of it is free, so what it shows is prepared.
  // CHECK: program.prepared @first.prepared : tensor<8x4xf32>
  // CHECK: func.func @first.prepare() -> (tensor<8x4xf32> {vae.prepared = @first.prepared}) attributes {vae.kind = "prepare"}
  // CHECK: %[[W:.*]] = vae.read @w
  // CHECK: %[[M:.*]] = vae.mul %[[W]], %{{.*}}
  // CHECK: %[[T:.*]] = vae.transpose %[[M]]
  // CHECK: return %[[T]]
  // CHECK: func.func @first(
  // CHECK-NOT: vae.mul
  // CHECK: %[[P:.*]] = vae.read @first.prepared : tensor<8x4xf32>
  // CHECK: %[[V:.*]] = vae.reshape %[[P]] to <2, 4, 4>
  // CHECK: vae.add %{{.*}}, %[[V]]
  func.func @first(%x: tensor<2x4x4xf32>) -> tensor<2x4x4xf32> attributes {vae.kind = "entry"} {
    %w = vae.read @w : tensor<4x8xf32>
    %c = vae.constant dense<0.5> : tensor<4x8xf32>
    %m = vae.mul %w, %c : tensor<4x8xf32>, tensor<4x8xf32>
    %t = vae.transpose %m {axes = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
    %v = vae.reshape %t to <2, 4, 4> : (tensor<8x4xf32>) -> tensor<2x4x4xf32>
    %y = vae.add %x, %v : tensor<2x4x4xf32>, tensor<2x4x4xf32>
    return %y : tensor<2x4x4xf32>
  }

  // The same expression in another function is the same tensor; what else there is has a program of its own. Loops, too.
  // CHECK: program.prepared @second.prepared : tensor<4x8xf32>
  // CHECK: func.func @second.prepare() -> (tensor<4x8xf32> {vae.prepared = @second.prepared})
  // CHECK: vae.exp
  // CHECK: func.func @second(
  // CHECK-DAG: vae.read @first.prepared
  // CHECK-DAG: vae.read @second.prepared
  // CHECK: func.func private @turn(
  // CHECK: vae.read @second.prepared
  func.func @second(%x: tensor<8x4xf32>, %y: tensor<4x8xf32>) -> (tensor<8x4xf32>, tensor<4x8xf32>) attributes {vae.kind = "loss"} {
    %w = vae.read @w : tensor<4x8xf32>
    %c = vae.constant dense<0.5> : tensor<4x8xf32>
    %m = vae.mul %w, %c : tensor<4x8xf32>, tensor<4x8xf32>
    %t = vae.transpose %m {axes = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
    %e = vae.exp %w : tensor<4x8xf32>
    %a = vae.add %x, %t : tensor<8x4xf32>, tensor<8x4xf32>
    %b = vae.add %y, %e : tensor<4x8xf32>, tensor<4x8xf32>
    %r = program.repeat_call @turn count "3" carrying(%b : tensor<4x8xf32>)
    return %a, %r : tensor<8x4xf32>, tensor<4x8xf32>
  }
  func.func private @turn(%y: tensor<4x8xf32>) -> tensor<4x8xf32> attributes {vae.kind = "loop"} {
    %w = vae.read @w : tensor<4x8xf32>
    %e = vae.exp %w : tensor<4x8xf32>
    %b = vae.mul %y, %e : tensor<4x8xf32>, tensor<4x8xf32>
    return %b : tensor<4x8xf32>
  }

  // Not prepared: weights as they are, what repeats them, what is much larger than they are, states, sizes of a run, noise.
  // CHECK: program.prepared @third.prepared : tensor<f32>
  // CHECK: func.func @third.prepare() -> (tensor<f32>
  // CHECK-NEXT: vae.read @s
  // CHECK-NEXT: vae.exp
  // CHECK-NEXT: return
  // CHECK: func.func @third(
  // CHECK-DAG: vae.read @w
  // CHECK-DAG: vae.read @m
  // CHECK-DAG: vae.exp %{{.*}} : tensor<4x8xf32>
  // CHECK-DAG: %[[S:.*]] = vae.read @third.prepared
  // CHECK-DAG: vae.broadcast %[[S]]
  // CHECK-DAG: vae.slice
  // WHY: vae.sigmoid: not prepared: it is much larger than the parameters that it is made of
  func.func @third(%x: tensor<4x8xf32>, %z: tensor<64x64xf32>, %n: tensor<?xf32, #program.shape<"B">>) -> (tensor<4x8xf32>, tensor<64x64xf32>, tensor<1x8xf32>) attributes {vae.kind = "entry"} {
    %w = vae.read @w : tensor<4x8xf32>
    %m = vae.read @m : tensor<4x8xf32>
    %s = vae.read @s : tensor<f32>
    %a = vae.add %x, %w : tensor<4x8xf32>, tensor<4x8xf32>
    %o = vae.exp %m : tensor<4x8xf32>
    %b = vae.add %a, %o : tensor<4x8xf32>, tensor<4x8xf32>
    %e = vae.exp %s : tensor<f32>
    %f = vae.broadcast %e to <64, 64> : (tensor<f32>) -> tensor<64x64xf32>
    %g = vae.sigmoid %f : tensor<64x64xf32>
    %c = vae.add %z, %g : tensor<64x64xf32>, tensor<64x64xf32>
    %l = vae.slice %w {axis = 0 : i64, bounds = #program.shape<"B", "B + 1">} : (tensor<4x8xf32>) -> tensor<1x8xf32>
    return %b, %c, %l : tensor<4x8xf32>, tensor<64x64xf32>, tensor<1x8xf32>
  }

  // Training computes for itself.
  // CHECK: func.func @train(
  // CHECK: vae.exp
  func.func @train(%x: tensor<4x8xf32>) -> tensor<4x8xf32> attributes {vae.kind = "train"} {
    %w = vae.read @w : tensor<4x8xf32>
    %e = vae.exp %w : tensor<4x8xf32>
    %b = vae.mul %x, %e : tensor<4x8xf32>, tensor<4x8xf32>
    vae.update @w = %b : tensor<4x8xf32>
    return %b : tensor<4x8xf32>
  }
}
