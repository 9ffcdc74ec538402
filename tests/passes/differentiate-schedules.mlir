// RUN: vae-opt --vae-differentiate --canonicalize --cse %s | FileCheck %s
// A scheduled number is computed by the host in training, and stays an argument everywhere else.

vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>

// CHECK-LABEL: func.func @l(
// CHECK-SAME: %{{.*}}: tensor<f32> {vae.name = "beta"}, %{{.*}}: tensor<4xf32> {vae.name = "x"})
func.func @l(%beta: tensor<f32> {vae.name = "beta"}, %x: tensor<4xf32> {vae.name = "x"}) -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<4xf32>
  %p = vae.mul %w, %x : tensor<4xf32>, tensor<4xf32>
  %s = vae.sum %p : (tensor<4xf32>) -> tensor<f32>
  %y = vae.mul %s, %beta : tensor<f32>, tensor<f32>
  return %y : tensor<f32>
}

// The optimiser's scheduled rate stands in its own formula.
// CHECK-LABEL: func.func @l.train(
// CHECK-SAME: %{{[a-z0-9]*}}: tensor<4xf32> {vae.name = "x"}) -> (tensor<f32> {vae.name = "loss"})
// CHECK: %[[BETA:.*]] = vae.scalar "step 100 / 1 min" : tensor<f32>
// CHECK: vae.mul %{{.*}}, %[[BETA]]
// CHECK: vae.scalar "0.1 epoch 1 + / 1 0.9 step 1 + pow - /" : tensor<f32>
vae.minimize @l with "adam" {lr = "0.1 epoch 1 + /", beta1 = 0.9 : f64, beta2 = 0.999 : f64, eps = 1.0e-8 : f64} schedules {beta = "step 100 / 1 min"}

// CHECK-LABEL: func.func @l.gradient(
// CHECK-SAME: tensor<f32> {vae.name = "beta"}
