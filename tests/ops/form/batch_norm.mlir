// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @picture
// CHECK: vae.batch_norm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {momentum = 2.000000e-01 : f64} : (tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>
func.func @picture(%x: tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>, %w: tensor<8xf32>, %b: tensor<8xf32>, %m: tensor<8xf32>, %v: tensor<8xf32>) -> tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>> {
  %y = vae.batch_norm %x, %w, %b, %m, %v {momentum = 2.000000e-01 : f64} : (tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>
  return %y : tensor<?x8x5x5xf32, #program.shape<"B", 8, 5, 5>>
}
