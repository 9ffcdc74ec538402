// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @outside(%x: tensor<4xf32>) {
  // expected-error @below {{'vae.yield' op expects parent op 'vae.group'}}
  vae.yield %x : tensor<4xf32>
}
