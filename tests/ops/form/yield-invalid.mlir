// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @outside(%x: tensor<4xf32>) {
  // expected-error @below {{'vae.yield' op expects parent op to be one of 'vae.group, vae.loop'}}
  vae.yield %x : tensor<4xf32>
}
