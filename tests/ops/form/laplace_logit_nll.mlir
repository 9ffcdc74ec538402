// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @default
// CHECK: vae.laplace_logit_nll %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
func.func @default(%x: tensor<?x8xf32, #program.shape<"B", 8>>, %m: tensor<?x8xf32, #program.shape<"B", 8>>, %s: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32> {
  %y = vae.laplace_logit_nll %x, %m, %s : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
  return %y : tensor<f32>
}

// CHECK-LABEL: @none
// CHECK: vae.laplace_logit_nll %{{.*}}, %{{.*}}, %{{.*}} {reduction = "none"} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
func.func @none(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.laplace_logit_nll %x, %x, %x {reduction = "none"} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: @eps
// CHECK: vae.laplace_logit_nll %{{.*}}, %{{.*}}, %{{.*}} {eps = 2.500000e-01 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
func.func @eps(%x: tensor<4x8xf32>) -> tensor<f32> {
  %y = vae.laplace_logit_nll %x, %x, %x {eps = 0.25 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return %y : tensor<f32>
}
