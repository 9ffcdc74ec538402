// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @weight(%x: tensor<4x8xf32>, %w: tensor<4xf32>) {
  // expected-error @below {{rms_norm of [4, 8] takes parameters [8], not [4]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.rms_norm %x, %w : (tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @scalar(%x: tensor<f32>) {
  // expected-error @below {{rms_norm takes tensors with an axis to standardise, not []}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.rms_norm %x : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @eps(%x: tensor<4x8xf32>) {
  // expected-error @below {{'vae.rms_norm' op adds -0.5 to a variance; `eps` must not be negative}}
  %y = vae.rms_norm %x {eps = -0.5 : f64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}
