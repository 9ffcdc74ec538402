// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: @five
// CHECK: vae.linspace {count = 5 : i64, hi = 1.000000e+00 : f64, lo = 0.000000e+00 : f64} : tensor<5xf32>
// FOLD: vae.constant dense<[0.000000e+00, 2.500000e-01, 5.000000e-01, 7.500000e-01, 1.000000e+00]>
func.func @five() -> tensor<5xf32> {
  %b = vae.linspace {count = 5 : i64, hi = 1.0 : f64, lo = 0.0 : f64} : tensor<5xf32>
  return %b : tensor<5xf32>
}
