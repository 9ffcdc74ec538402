// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @odd(%x: tensor<4x8x3xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{instance_norm has 1 parameters; they must come in pairs}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.instance_norm %x, %w : (tensor<4x8x3xf32>, tensor<8xf32>) -> tensor<4x8x3xf32>
  return
}

// -----

func.func @places(%x: tensor<4x8xf32>) {
  // expected-error @below {{instance_norm takes tensors with an axis to standardise, not [4, 8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.instance_norm %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @eps(%x: tensor<4x8x3xf32>) {
  // expected-error @below {{'vae.instance_norm' op adds -0.5 to a variance; `eps` must not be negative}}
  %y = vae.instance_norm %x {eps = -0.5 : f64} : (tensor<4x8x3xf32>) -> tensor<4x8x3xf32>
  return
}
