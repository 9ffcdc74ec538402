// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @default
// CHECK: vae.kl_categorical_uniform %{{.*}} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
func.func @default(%a: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32> {
  %y = vae.kl_categorical_uniform %a : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
  return %y : tensor<f32>
}

// CHECK-LABEL: @none
// CHECK: vae.kl_categorical_uniform %{{.*}} {reduction = "none"} : (tensor<?x10x7xf32, #program.shape<"B", 10, 7>>) -> tensor<?x7xf32, #program.shape<"B", 7>>
func.func @none(%a: tensor<?x10x7xf32, #program.shape<"B", 10, 7>>) -> tensor<?x7xf32, #program.shape<"B", 7>> {
  %y = vae.kl_categorical_uniform %a {reduction = "none"} : (tensor<?x10x7xf32, #program.shape<"B", 10, 7>>) -> tensor<?x7xf32, #program.shape<"B", 7>>
  return %y : tensor<?x7xf32, #program.shape<"B", 7>>
}
