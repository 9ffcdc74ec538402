// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @all
// CHECK: vae.logsumexp %{{.*}} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
func.func @all(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32> {
  %y = vae.logsumexp %x : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
  return %y : tensor<f32>
}

// Negative axes count from the last.
// CHECK-LABEL: @last
// CHECK: vae.logsumexp %{{.*}} {axis = array<i64: -1>} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?xf32, #program.shape<"B">>
func.func @last(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?xf32, #program.shape<"B">> {
  %y = vae.logsumexp %x {axis = array<i64: -1>} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?xf32, #program.shape<"B">>
  return %y : tensor<?xf32, #program.shape<"B">>
}

// CHECK-LABEL: @keep
// CHECK: vae.logsumexp %{{.*}} {axis = array<i64: 0, 2>, keep = true} : (tensor<2x3x4xf32>) -> tensor<1x3x1xf32>
func.func @keep(%x: tensor<2x3x4xf32>) -> tensor<1x3x1xf32> {
  %y = vae.logsumexp %x {axis = array<i64: 0, 2>, keep = true} : (tensor<2x3x4xf32>) -> tensor<1x3x1xf32>
  return %y : tensor<1x3x1xf32>
}
