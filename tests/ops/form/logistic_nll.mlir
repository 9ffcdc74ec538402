// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @default
// CHECK: vae.logistic_nll %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
func.func @default(%x: tensor<?x8xf32, #program.shape<"B", 8>>, %m: tensor<?x8xf32, #program.shape<"B", 8>>, %s: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32> {
  %y = vae.logistic_nll %x, %m, %s : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
  return %y : tensor<f32>
}

// CHECK-LABEL: @none
// CHECK: vae.logistic_nll %{{.*}}, %{{.*}}, %{{.*}} {reduction = "none"} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
func.func @none(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.logistic_nll %x, %x, %x {reduction = "none"} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
