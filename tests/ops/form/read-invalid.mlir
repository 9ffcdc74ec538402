// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @missing() {
  // expected-error @below {{'vae.read' op names @w, which is not declared}}
  %w = vae.read @w : tensor<8xf32>
  return
}

// -----

func.func @w() {
  // expected-error @below {{'vae.read' op names @w, which is not a parameter or state}}
  %w = vae.read @w : tensor<8xf32>
  return
}

// -----

// expected-note @below {{declared here}}
vae.parameter @w : tensor<9xf32> init <zeros, 0.0, 0.0>
func.func @other() {
  // expected-error @below {{'vae.read' op has the type 'tensor<8xf32>', and @w is of type 'tensor<9xf32>'}}
  %w = vae.read @w : tensor<8xf32>
  return
}
