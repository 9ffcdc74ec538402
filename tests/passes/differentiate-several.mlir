// RUN: vae-opt --vae-differentiate --canonicalize --cse %s | FileCheck %s
// Several lines of `train`: a training each, over its own parts, with its own states.

vae.parameter @critic.w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @encoder.w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>

func.func @a() -> tensor<f32> attributes {vae.kind = "loss"} {
  %c = vae.read @critic.w : tensor<4xf32>
  %e = vae.read @encoder.w : tensor<4xf32>
  %p = vae.mul %c, %e : tensor<4xf32>, tensor<4xf32>
  %y = vae.sum %p : (tensor<4xf32>) -> tensor<f32>
  return %y : tensor<f32>
}
func.func @b() -> tensor<f32> attributes {vae.kind = "loss"} {
  %c = vae.read @critic.w : tensor<4xf32>
  %y = vae.sum %c : (tensor<4xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

// CHECK-LABEL: func.func @a.train(
// CHECK-DAG: vae.update @encoder.w
// CHECK-DAG: vae.update @sgd.velocity.encoder.w
// CHECK-DAG: vae.update @critic.w
// CHECK-DAG: vae.update @sgd.velocity.critic.w
// CHECK: return
vae.minimize @a with "sgd" {lr = 0.1 : f64, momentum = 0.9 : f64, weight_decay = 0.0 : f64, nesterov = false}

// CHECK-LABEL: func.func @b.train(
// CHECK-NOT: encoder
// CHECK-DAG: vae.update @critic.w
// CHECK-DAG: vae.update @b.sgd.velocity.critic.w
// CHECK: return
vae.minimize @b with "sgd" {lr = 0.5 : f64, momentum = 0.5 : f64, weight_decay = 0.0 : f64, nesterov = true} over ["critic"]

// CHECK-DAG: program.state @sgd.velocity.critic.w : tensor<4xf32>
// CHECK-DAG: program.state @b.sgd.velocity.critic.w : tensor<4xf32>
