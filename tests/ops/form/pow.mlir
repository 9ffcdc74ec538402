// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: @rows
// CHECK: vae.pow %{{.*}}, %{{.*}} : tensor<?x8xf32, #program.shape<"B", 8>>, tensor<8xf32>
func.func @rows(%a: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<8xf32>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.pow %a, %b : tensor<?x8xf32, #program.shape<"B", 8>>, tensor<8xf32>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}

// CHECK-LABEL: @exponents
func.func @exponents(%a: tensor<f32>, %b: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.pow %a, %b : tensor<f32>, tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// FOLD-LABEL: @constant
// FOLD: vae.constant dense<[9.000000e+00, 2.500000e-01]>
func.func @constant() -> tensor<2xf32> {
  %x = vae.constant dense<[3.0, 0.5]> : tensor<2xf32>
  %two = vae.constant dense<2.0> : tensor<f32>
  %y = vae.pow %x, %two : tensor<2xf32>, tensor<f32>
  return %y : tensor<2xf32>
}
