// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @weighted
// CHECK: vae.rms_norm %{{.*}}, %{{.*}} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<8xf32>) -> tensor<?x8xf32, #program.shape<"B", 8>>
func.func @weighted(%x: tensor<?x8xf32, #program.shape<"B", 8>>, %w: tensor<8xf32>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.rms_norm %x, %w : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<8xf32>) -> tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}

// CHECK-LABEL: @plain
// CHECK: vae.rms_norm %{{.*}} {eps = 1.000000e-03 : f64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
func.func @plain(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.rms_norm %x {eps = 1.000000e-03 : f64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
