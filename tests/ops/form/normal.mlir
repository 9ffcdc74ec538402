// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @site
// CHECK: %[[RNG:.*]] = vae.rng
// CHECK: vae.normal %[[RNG]] <"B", 20> {site = 3 : i64} : tensor<?x20xf32, #program.shape<"B", 20>>
func.func @site() -> tensor<?x20xf32, #program.shape<"B", 20>> {
  %r = vae.rng
  %e = vae.normal %r <"B", 20> {site = 3 : i64} : tensor<?x20xf32, #program.shape<"B", 20>>
  return %e : tensor<?x20xf32, #program.shape<"B", 20>>
}

// A site without a number yet.
// CHECK-LABEL: @open
// CHECK: vae.normal %{{.*}} <4> : tensor<4xf32>
func.func @open(%r: tensor<4xi32>) -> tensor<4xf32> {
  %e = vae.normal %r <4> : tensor<4xf32>
  return %e : tensor<4xf32>
}
