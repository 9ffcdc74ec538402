// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: @sizes
// CHECK: vae.size "784*B" : f32
// CHECK: vae.size "20" : f64
// FOLD-LABEL: @sizes
// FOLD-DAG: vae.size "784*B" : f32
// FOLD-DAG: vae.constant dense<2.000000e+01> : tensor<f64>
func.func @sizes() -> (tensor<f32>, tensor<f64>) {
  %n = vae.size "784*B" : f32
  %m = vae.size "20" : f64
  return %n, %m : tensor<f32>, tensor<f64>
}
