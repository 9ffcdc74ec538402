// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @missing() {
  // expected-error @below {{'vae.read' op names @w, which is not declared}}
  %w = vae.read @w : tensor<8xf32>
  return
}

// -----

func.func @w() {
  // expected-error @below {{'vae.read' op names @w, which is no parameter or state}}
  %w = vae.read @w : tensor<8xf32>
  return
}

// -----

// expected-note @below {{declared here}}
vae.parameter @w : tensor<9xf32> init <zeros, 0.0, 0.0>
func.func @other() {
  // expected-error @below {{'vae.read' op of 'tensor<8xf32>' names @w of 'tensor<9xf32>'}}
  %w = vae.read @w : tensor<8xf32>
  return
}
