// RUN: vae-opt --vae-differentiate --canonicalize --cse %s | FileCheck %s
// Options of a line: all its gradients pass clip_norm before the optimiser gets them, ema follows what the optimiser made.

vae.parameter @a : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @b : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @c : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>

func.func @l() -> tensor<f32> attributes {vae.kind = "loss"} {
  %a = vae.read @a : tensor<4xf32>
  %b = vae.read @b : tensor<4xf32>
  %c = vae.read @c : tensor<4xf32>
  %ab = vae.mul %a, %b : tensor<4xf32>, tensor<4xf32>
  %abc = vae.mul %ab, %c : tensor<4xf32>, tensor<4xf32>
  %y = vae.sum %abc : (tensor<4xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

vae.minimize @l with "sgd" {lr = 0.5 : f64, momentum = 0.0 : f64, weight_decay = 0.0 : f64, nesterov = false}
  options [{clip_norm = {max = "step 1 +"}}, {ema = {decay = 0.75 : f64}}] over ["a", "b"]

// CHECK-LABEL: func.func @l.train(
// CHECK: %[[MAX:.*]] = vae.scalar "step 1 +"
// CHECK: %[[RATE:.*]] = vae.scalar "1 0.75 step 1 min * -"
// CHECK: %[[G:.*]]:2 = vae.clip_norm %{{.*}}, %{{.*}}, %[[MAX]]
// CHECK: %[[A:.*]] = vae.sgd %{{.*}}, %[[G]]#0
// CHECK: vae.update @a = %[[A]]
// CHECK: %[[OLD:.*]] = vae.read @ema.a
// CHECK: %[[NEW:.*]] = vae.ema %[[OLD]], %[[A]], %[[RATE]]
// CHECK: vae.update @ema.a = %[[NEW]]
// CHECK: vae.sgd %{{.*}}, %[[G]]#1
// CHECK: vae.update @ema.b
// CHECK-NOT: vae.update
// CHECK-LABEL: func.func @l.gradient(
// CHECK: program.state @ema.a : tensor<4xf32>
// CHECK: program.state @ema.b : tensor<4xf32>
// CHECK-NOT: program.state
