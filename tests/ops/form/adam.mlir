// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @step
// CHECK: vae.adam %{{.*}} {beta1 = 5.000000e-01 : f64} : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
func.func @step(%p: tensor<8xf32>, %g: tensor<8xf32>, %m: tensor<8xf32>, %v: tensor<8xf32>, %r: tensor<f32>, %c: tensor<f32>) -> tensor<8xf32> {
  %0, %1, %2 = vae.adam %p, %g, %m, %v, %r, %c {beta1 = 5.0e-01 : f64} : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
  return %0 : tensor<8xf32>
}
