// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @plain
// CHECK: vae.sgd %{{.*}}, %{{.*}}, %{{.*}} : (tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
func.func @plain(%p: tensor<8xf32>, %g: tensor<8xf32>, %r: tensor<f32>) -> tensor<8xf32> {
  %0 = vae.sgd %p, %g, %r : (tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: @momentum
// CHECK: vae.sgd %{{.*}} {momentum = {{9.0*e-01|0.90*[1-9]*}} : f64, nesterov = true} : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>)
func.func @momentum(%p: tensor<8xf32>, %g: tensor<8xf32>, %v: tensor<8xf32>, %r: tensor<f32>) -> tensor<8xf32> {
  %0, %1 = vae.sgd %p, %g, %v, %r {momentum = 9.0e-01 : f64, nesterov = true} : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>)
  return %0 : tensor<8xf32>
}
