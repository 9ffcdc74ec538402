// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD
// The result has the operand's type; a scalar and run-time sizes are as good as any shape.

// CHECK-LABEL: @static
// CHECK: vae.clamp %{{.*}} {hi = 2.000000e+01 : f64, lo = -3.000000e+01 : f64} : tensor<4x8xf32>
func.func @static(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.clamp %x {hi = 2.000000e+01 : f64, lo = -3.000000e+01 : f64} : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: @symbolic
// CHECK: vae.clamp %{{.*}} {hi = 2.000000e+01 : f64, lo = -3.000000e+01 : f64} : tensor<?x8xf32, #program.shape<"B", 8>>
func.func @symbolic(%x: tensor<?x8xf32, #program.shape<"B", 8>>) -> tensor<?x8xf32, #program.shape<"B", 8>> {
  %y = vae.clamp %x {hi = 2.000000e+01 : f64, lo = -3.000000e+01 : f64} : tensor<?x8xf32, #program.shape<"B", 8>>
  return %y : tensor<?x8xf32, #program.shape<"B", 8>>
}

// FOLD-LABEL: @constant
// FOLD: vae.constant dense<[1.000000e+00, 2.500000e-01]>
func.func @constant() -> tensor<2xf32> {
  %x = vae.constant dense<[3.0, 0.25]> : tensor<2xf32>
  %y = vae.clamp %x {hi = 1.0 : f64, lo = -1.0 : f64} : tensor<2xf32>
  return %y : tensor<2xf32>
}
