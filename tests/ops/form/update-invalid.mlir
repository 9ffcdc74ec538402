// RUN: vae-opt %s --split-input-file --verify-diagnostics

// expected-note @below {{declared here}}
vae.parameter @w : tensor<9xf32> init <zeros, 0.0, 0.0>
func.func @other(%v: tensor<8xf32>) {
  // expected-error @below {{'vae.update' op has the type 'tensor<8xf32>', and @w is of type 'tensor<9xf32>'}}
  vae.update @w = %v : tensor<8xf32>
  return
}
