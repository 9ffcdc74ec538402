// RUN: vae-opt %s | vae-opt | FileCheck %s
// The default reduction, "mean", is not printed.

// CHECK-LABEL: @default
// CHECK: vae.mse %{{.*}}, %{{.*}} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
func.func @default(%a: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32> {
  %l = vae.mse %a, %b {reduction = "mean"} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
  return %l : tensor<f32>
}

// CHECK-LABEL: @other
// CHECK: vae.mse %{{.*}}, %{{.*}} {reduction = "sum"} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
// CHECK: vae.mse %{{.*}}, %{{.*}} {reduction = "total"} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
// CHECK: vae.mse %{{.*}}, %{{.*}} {reduction = "none"} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
func.func @other(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = vae.mse %a, %b {reduction = "sum"} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  %1 = vae.mse %a, %b {reduction = "total"} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  %2 = vae.mse %a, %b {reduction = "none"} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}
