// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @pictures
// CHECK: vae.vector_quantize %{{.*}}, %{{.*}} : (tensor<?x8x4x5xf32, #program.shape<"B", 8, 4, 5>>, tensor<32x8xf32>) -> (tensor<?x8x4x5xf32, #program.shape<"B", 8, 4, 5>>, tensor<?x4x5xi32, #program.shape<"B", 4, 5>>, tensor<f32>)
func.func @pictures(%z: tensor<?x8x4x5xf32, #program.shape<"B", 8, 4, 5>>, %e: tensor<32x8xf32>) -> tensor<?x4x5xi32, #program.shape<"B", 4, 5>> {
  %q, %k, %l = vae.vector_quantize %z, %e : (tensor<?x8x4x5xf32, #program.shape<"B", 8, 4, 5>>, tensor<32x8xf32>) -> (tensor<?x8x4x5xf32, #program.shape<"B", 8, 4, 5>>, tensor<?x4x5xi32, #program.shape<"B", 4, 5>>, tensor<f32>)
  return %k : tensor<?x4x5xi32, #program.shape<"B", 4, 5>>
}

// CHECK-LABEL: @rows
// CHECK: vae.vector_quantize %{{.*}}, %{{.*}} {axis = -1 : i64, beta = 5.000000e-01 : f64}
func.func @rows(%z: tensor<4x8xf32>, %e: tensor<2x8xf32>) -> tensor<f32> {
  %q, %k, %l = vae.vector_quantize %z, %e {axis = -1 : i64, beta = 5.0e-1 : f64} : (tensor<4x8xf32>, tensor<2x8xf32>) -> (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>)
  return %l : tensor<f32>
}
