// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @none(%k: tensor<4xi32>) {
  // expected-error @below {{perplexity is over 0 codes; there must be at least one}}
  // expected-error @below {{failed to infer returned types}}
  %p = vae.perplexity %k {codes = 0 : i64} : (tensor<4xi32>) -> tensor<f32>
  return
}
