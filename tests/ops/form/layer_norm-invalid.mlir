// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @odd(%x: tensor<4x8xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{layer_norm with 1 parameters; they come in pairs}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.layer_norm %x, %w : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @weight(%x: tensor<4x8xf32>, %w: tensor<4xf32>) {
  // expected-error @below {{layer_norm of [4, 8] with a parameter [4]; each is [8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.layer_norm %x, %w, %w : (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @scalar(%x: tensor<f32>) {
  // expected-error @below {{layer_norm of [], which has no axis to standardise}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.layer_norm %x : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @eps(%x: tensor<4x8xf32>) {
  // expected-error @below {{'vae.layer_norm' op adds -0.5 to a variance; `eps` is not negative}}
  %y = vae.layer_norm %x {eps = -0.5 : f64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}
