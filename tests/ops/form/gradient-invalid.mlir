// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @unknown(%x: tensor<f32>) {
  // expected-error @below {{names @w, which is not declared}}
  %g = vae.gradient %x by @w : tensor<f32> -> tensor<4xf32>
  return
}

// -----

// expected-note @below {{declared here}}
vae.parameter @w : tensor<4x2xf32> init #program.init<zeros, 0.0, 0.0>
func.func @type(%x: tensor<f32>) {
  // expected-error @below {{tensor<4xf32>}}
  %g = vae.gradient %x by @w : tensor<f32> -> tensor<4xf32>
  return
}
