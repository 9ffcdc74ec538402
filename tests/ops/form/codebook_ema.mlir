// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @follow
// CHECK: vae.codebook_ema %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {decay = 9.000000e-01 : f64} : (tensor<32x8xf32>, tensor<32x1xf32>, tensor<32x1xf32>, tensor<32x8xf32>, tensor<32x8xf32>, tensor<f32>, tensor<f32>) -> (tensor<32x8xf32>, tensor<32x8xf32>)
func.func @follow(%c: tensor<32x8xf32>, %n: tensor<32x1xf32>, %m: tensor<32x8xf32>, %s: tensor<32x8xf32>, %t: tensor<f32>) -> tensor<32x8xf32> {
  %e, %m2 = vae.codebook_ema %c, %n, %n, %m, %s, %t, %t {decay = 9.0e-1 : f64} : (tensor<32x8xf32>, tensor<32x1xf32>, tensor<32x1xf32>, tensor<32x8xf32>, tensor<32x8xf32>, tensor<f32>, tensor<f32>) -> (tensor<32x8xf32>, tensor<32x8xf32>)
  return %e : tensor<32x8xf32>
}

// CHECK-LABEL: @reseed
// CHECK: vae.codebook_ema {{.*}} {reseed_below = 1.000000e+00 : f64}
func.func @reseed(%n: tensor<32x1xf32>, %m: tensor<32x8xf32>, %t: tensor<f32>, %v: tensor<?x8xf32, #program.shape<"B", 8>>, %u: tensor<32x1xf32>) -> tensor<32x8xf32> {
  %e, %m2 = vae.codebook_ema %m, %n, %n, %m, %m, %t, %t, %v, %u {reseed_below = 1.0 : f64} : (tensor<32x8xf32>, tensor<32x1xf32>, tensor<32x1xf32>, tensor<32x8xf32>, tensor<32x8xf32>, tensor<f32>, tensor<f32>, tensor<?x8xf32, #program.shape<"B", 8>>, tensor<32x1xf32>) -> (tensor<32x8xf32>, tensor<32x8xf32>)
  return %e : tensor<32x8xf32>
}
