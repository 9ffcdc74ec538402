// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @weight(%x: tensor<4x8xf32>, %w: tensor<4xf32>) {
  // expected-error @below {{batch_norm of [4, 8] takes parameters [8], not [4]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.batch_norm %x, %w, %w, %w, %w : (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @vector(%x: tensor<8xf32>) {
  // expected-error @below {{batch_norm takes tensors with an axis to standardise, not [8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.batch_norm %x, %x, %x, %x, %x : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @eps(%x: tensor<4x8xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{'vae.batch_norm' op adds -1 to a variance; `eps` must not be negative}}
  %y = vae.batch_norm %x, %w, %w, %w, %w {eps = -1.0 : f64} : (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @momentum(%x: tensor<4x8xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{'vae.batch_norm' op takes 2 of each batch; `momentum` must be from 0 to 1}}
  %y = vae.batch_norm %x, %w, %w, %w, %w {momentum = 2.0 : f64} : (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return
}
