// RUN: vae-opt --vae-differentiate --canonicalize --cse %s | FileCheck %s

vae.parameter @w : tensor<3x4xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @far : tensor<2xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @fixed : tensor<3xf32> init #program.init<zeros, 0.0, 0.0> {frozen}

// CHECK-LABEL: func.func @l(
// CHECK-SAME: -> (tensor<f32> {vae.name = "loss"}, tensor<f32> {vae.name = "size", vae.report})
// CHECK-NOT: vae.report "
func.func @l(%x: tensor<2x4xf32> {vae.name = "x"}) -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<3x4xf32>
  %f = vae.read @fixed : tensor<3xf32>
  %p = vae.matmul %x, %w {transpose_b = true} : (tensor<2x4xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>
  %s = vae.add %p, %f : tensor<2x3xf32>, tensor<3xf32>
  %r = vae.relu %s : tensor<2x3xf32>
  %y = vae.sum %r : (tensor<2x3xf32>) -> tensor<f32>
  vae.report "size" = %y : tensor<f32>
  return %y : tensor<f32>
}
vae.minimize @l with "adam" {lr = 1.0e-3 : f64, beta1 = 0.9 : f64, beta2 = 0.999 : f64, eps = 1.0e-8 : f64}

// CHECK-LABEL: func.func @l.train(
// CHECK-SAME: attributes {vae.kind = "train"}
// CHECK: %[[G:.*]] = vae.matmul %{{.*}}, %{{.*}} {transpose_a = true} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<3x4xf32>
// CHECK: %[[NEW:.*]], %[[M:.*]], %[[V:.*]] = vae.adam %{{.*}}, %[[G]],
// CHECK: vae.update @w = %[[NEW]]
// CHECK: vae.update @adam.m.w = %[[M]]
// CHECK: vae.update @adam.v.w = %[[V]]
// CHECK-NOT: vae.update @fixed

// A parameter that the loss doesn't reach has a gradient of zeros; a frozen one has none.
// CHECK-LABEL: func.func @l.gradient(
// CHECK-SAME: tensor<3x4xf32> {vae.name = "gradient:w"}, tensor<2xf32> {vae.name = "gradient:far"})
// CHECK-SAME: attributes {vae.kind = "gradient"}
// CHECK: %[[G:.*]] = vae.matmul {{.*}} {transpose_a = true}
// CHECK: %[[ZERO:.*]] = vae.fill <2>
// CHECK: return %{{.*}}, %{{.*}}, %[[G]], %[[ZERO]]

// The states that the optimiser needs, for what it changes alone.
// CHECK: program.state @adam.m.w : tensor<3x4xf32>
// CHECK: program.state @adam.v.w : tensor<3x4xf32>
// CHECK-NOT: @adam.m.far
// CHECK-NOT: @adam.m.fixed
// CHECK-NOT: vae.minimize

// An entry has no gradient.
// CHECK-LABEL: func.func @entry
// CHECK-NOT: @entry.gradient
func.func @entry(%x: tensor<4xf32>) -> tensor<4xf32> attributes {vae.kind = "entry"} {
  %y = vae.relu %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
