// RUN: vae-opt --vae-decompose %s | FileCheck %s

// CHECK-LABEL: @linear
// CHECK: %[[P:.*]] = vae.matmul %{{.*}}, %{{.*}} {transpose_b = true}
// CHECK: vae.add %[[P]], %{{.*}}
// CHECK-NOT: vae.linear
func.func @linear(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %b: tensor<16xf32>) -> tensor<4x16xf32> {
  %y = vae.linear %x, %w, %b : (tensor<4x8xf32>, tensor<16x8xf32>, tensor<16xf32>) -> tensor<4x16xf32>
  return %y : tensor<4x16xf32>
}

// What replaces an op decomposes further: a mean is a sum by a size.
// CHECK-LABEL: @mse
// CHECK: vae.sum
// CHECK: vae.div
// CHECK-NOT: vae.mean
// CHECK-NOT: vae.mse
func.func @mse(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) -> tensor<f32> {
  %y = vae.mse %a, %b : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

// The draw keeps its site.
// CHECK-LABEL: @reparameterize
// CHECK: vae.normal %{{.*}} <4, 8> {site = 3 : i64}
func.func @reparameterize(%mu: tensor<4x8xf32>, %logvar: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %r = vae.rng
  %z = vae.reparameterize %r, %mu, %logvar {site = 3 : i64} : (tensor<4xi32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %z : tensor<4x8xf32>
}

// CHECK-LABEL: @simple
// CHECK-NEXT: vae.silu
func.func @simple(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = vae.silu %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
