// RUN: vae-opt %s | vae-opt | FileCheck %s
// The default reduction is not printed.

// CHECK-LABEL: @default
// CHECK: vae.huber %{{.*}}, %{{.*}} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
func.func @default(%a: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32> {
  %y = vae.huber %a, %b : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
  return %y : tensor<f32>
}

// CHECK-LABEL: @none
// CHECK: vae.huber %{{.*}}, %{{.*}} {reduction = "none"} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
func.func @none(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.huber %a, %b {reduction = "none"} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: @delta
// CHECK: vae.huber %{{.*}}, %{{.*}} {delta = 5.000000e-01 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
func.func @delta(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) -> tensor<f32> {
  %y = vae.huber %a, %b {delta = 5.000000e-01 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return %y : tensor<f32>
}
