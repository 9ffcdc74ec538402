// RUN: vae-opt --vae-differentiate --split-input-file %s | FileCheck %s

// The gradient of a number within the loss stands where its op was, and the loss's own gradient does not pass through.
vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>
vae.parameter @v : tensor<4xf32> init #program.init<zeros, 0.0, 0.0>

// CHECK-LABEL: func.func @l(
// CHECK: %[[W:.*]] = vae.read @w
// CHECK: %[[WV:.*]] = vae.mul %[[W]], %{{.*}}
// CHECK: %[[S:.*]] = vae.sum %[[WV]]
// Only what leads to the parameter, and of its reads the one before.
// CHECK: vae.constant dense<1.0
// CHECK-NOT: vae.read
// CHECK: %[[G:.*]] = vae.mul %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<4xf32>
// CHECK-NOT: vae.gradient
// CHECK: %[[N:.*]] = vae.sum %[[G]]
// CHECK: vae.stop_gradient %[[N]]
// CHECK: return

// CHECK-LABEL: func.func @l.gradient(
// CHECK-NOT: vae.gradient
// CHECK: return %{{.*}}, %{{.*}}, %{{.*}} : tensor<f32>, tensor<4xf32>, tensor<4xf32>
func.func @l() -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<4xf32>
  %v = vae.read @v : tensor<4xf32>
  %wv = vae.mul %w, %v : tensor<4xf32>, tensor<4xf32>
  %s = vae.sum %wv : (tensor<4xf32>) -> tensor<f32>
  %g = vae.gradient %s by @w : tensor<f32> -> tensor<4xf32>
  %n = vae.sum %g : (tensor<4xf32>) -> tensor<f32>
  %stopped = vae.stop_gradient %n : tensor<f32>
  %late = vae.read @w : tensor<4xf32>
  %more = vae.sum %late : (tensor<4xf32>) -> tensor<f32>
  %y = vae.mul %s, %stopped : tensor<f32>, tensor<f32>
  %z = vae.add %y, %more : tensor<f32>, tensor<f32>
  return %z : tensor<f32>
}

// -----

// A frozen parameter has a gradient where one is asked for, and in an entry, too; two reads of it add up.
vae.parameter @w : tensor<4xf32> init #program.init<zeros, 0.0, 0.0> {frozen}
// CHECK-LABEL: func.func @e(
// CHECK: %[[A:.*]] = vae.broadcast
// CHECK: %[[B:.*]] = vae.broadcast
// CHECK: vae.add
// CHECK-NOT: vae.gradient
func.func @e() -> tensor<4xf32> attributes {vae.kind = "entry"} {
  %a = vae.read @w : tensor<4xf32>
  %b = vae.read @w : tensor<4xf32>
  %s = vae.sum %a : (tensor<4xf32>) -> tensor<f32>
  %t = vae.sum %b : (tensor<4xf32>) -> tensor<f32>
  %u = vae.add %s, %t : tensor<f32>, tensor<f32>
  %g = vae.gradient %u by @w : tensor<f32> -> tensor<4xf32>
  return %g : tensor<4xf32>
}
