// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK: vae.perplexity %{{.*}} {codes = 32 : i64} : (tensor<?x4x4xi32, #program.shape<"B", 4, 4>>) -> tensor<f32>
func.func @grid(%k: tensor<?x4x4xi32, #program.shape<"B", 4, 4>>) -> tensor<f32> {
  %p = vae.perplexity %k {codes = 32 : i64} : (tensor<?x4x4xi32, #program.shape<"B", 4, 4>>) -> tensor<f32>
  return %p : tensor<f32>
}
