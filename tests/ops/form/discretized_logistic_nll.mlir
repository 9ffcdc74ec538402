// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @default
// CHECK: vae.discretized_logistic_nll %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
func.func @default(%x: tensor<?x8xf32, #program.shape<"B", 8>>, %m: tensor<?x8xf32, #program.shape<"B", 8>>, %s: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32> {
  %y = vae.discretized_logistic_nll %x, %m, %s : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
  return %y : tensor<f32>
}

// CHECK-LABEL: @none
// CHECK: vae.discretized_logistic_nll %{{.*}}, %{{.*}}, %{{.*}} {levels = 8 : i64, lo = 0.000000e+00 : f64, reduction = "none"} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
func.func @none(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.discretized_logistic_nll %x, %x, %x {levels = 8 : i64, lo = 0.000000e+00 : f64, reduction = "none"} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
