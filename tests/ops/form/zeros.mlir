// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @shapes
// CHECK: vae.zeros <"B", 8> {element = f32} : tensor<?x8xf32, #program.shape<"B", 8>>
// CHECK: vae.zeros <4> {element = i32} : tensor<4xi32>
func.func @shapes() -> (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<4xi32>) {
  %x = vae.zeros <"B", 8> {element = f32} : tensor<?x8xf32, #program.shape<"B", 8>>
  %y = vae.zeros <4> {element = i32} : tensor<4xi32>
  return %x, %y : tensor<?x8xf32, #program.shape<"B", 8>>, tensor<4xi32>
}
