// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD
// The result has the operand's type; a scalar and run-time sizes are as good as any shape.

// CHECK-LABEL: @static
// CHECK: vae.cos %{{.*}} : tensor<4x8xf32>
func.func @static(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.cos %x : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: @symbolic
// CHECK: vae.cos %{{.*}} : tensor<?x8xf32, #program.shape<"B", 8>>
func.func @symbolic(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.cos %x : tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}

// FOLD-LABEL: @constant
// FOLD: vae.constant dense<[1.000000e+00, 0.87758255]>
func.func @constant() -> tensor<2xf32> {
  %x = vae.constant dense<[0.0, 0.5]> : tensor<2xf32>
  %y = vae.cos %x : tensor<2xf32>
  return %y : tensor<2xf32>
}
