// RUN: vae-opt --vae-assign-noise-sites %s | FileCheck %s

// CHECK-LABEL: @two
func.func @two() -> (tensor<4xf32>, tensor<4xf32>) {
  %r = vae.rng
  // CHECK: vae.normal %{{.*}} <4> {site = 0 : i64}
  %a = vae.normal %r <4> : tensor<4xf32>
  // CHECK: vae.uniform %{{.*}} <4> {{.*}}site = 1 : i64
  %b = vae.uniform %r <4> : tensor<4xf32>
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}

// Each function counts its own; one that draws nothing stays as it is.
// CHECK-LABEL: @other
func.func @other() -> tensor<4xf32> {
  %r = vae.rng
  // CHECK: vae.normal %{{.*}} <4> {site = 0 : i64}
  %a = vae.normal %r <4> : tensor<4xf32>
  return %a : tensor<4xf32>
}

// CHECK-LABEL: @none
// CHECK-NOT: site
func.func @none(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = vae.relu %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
