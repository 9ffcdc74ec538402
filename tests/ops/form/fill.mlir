// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @shapes
// CHECK: vae.fill <"B", 8> {element = f32, value = 1.500000e+00 : f64} : tensor<?x8xf32, #program.shape<"B", 8>>
// CHECK: vae.fill <4> {element = i32, value = 1.500000e+00 : f64} : tensor<4xi32>
func.func @shapes() -> (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<4xi32>) {
  %x = vae.fill <"B", 8> {element = f32, value = 1.500000e+00 : f64} : tensor<?x8xf32, #program.shape<"B", 8>>
  %y = vae.fill <4> {element = i32, value = 1.500000e+00 : f64} : tensor<4xi32>
  return %x, %y : tensor<?x8xf32, #program.shape<"B", 8>>, tensor<4xi32>
}
