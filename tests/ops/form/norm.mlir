// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt --vae-decompose %s | FileCheck %s --check-prefix=SIMPLER

// CHECK-LABEL: @all
// CHECK: vae.norm %{{.*}} : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
// SIMPLER-LABEL: @all
// SIMPLER: vae.square
// SIMPLER: vae.sum
// SIMPLER: vae.sqrt
func.func @all(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32> {
  %y = vae.norm %x : (tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<f32>
  return %y : tensor<f32>
}

// One element has no axes to sum over.
// CHECK-LABEL: @one
// SIMPLER-LABEL: @one
// SIMPLER-NOT: vae.sum
func.func @one(%x: tensor<f32>) -> tensor<f32> {
  %y = vae.norm %x : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}
