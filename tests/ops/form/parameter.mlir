// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK: vae.parameter @fc1.weight : tensor<16x8xf32> init <uniform, -3.000000e-01, 3.000000e-01>
vae.parameter @fc1.weight : tensor<16x8xf32> init <uniform, -0.3, 0.3>
// CHECK: vae.parameter @norm.mean : tensor<16xf32> init <zeros, 0.000000e+00, 0.000000e+00> {frozen}
vae.parameter @norm.mean : tensor<16xf32> init <zeros, 0.0, 0.0> {frozen}
