// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @groups(%x: tensor<4x8xf32>) {
  // expected-error @below {{group_norm has 3 groups, which do not divide 8 channels}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.group_norm %x {groups = 3 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @zero(%x: tensor<4x8xf32>) {
  // expected-error @below {{group_norm has 0 groups, which do not divide 8 channels}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.group_norm %x {groups = 0 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @weight(%x: tensor<4x8xf32>, %w: tensor<4xf32>) {
  // expected-error @below {{group_norm of [4, 8] takes parameters [8], not [4]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.group_norm %x, %w, %w {groups = 2 : i64} : (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @scalar(%x: tensor<8xf32>) {
  // expected-error @below {{group_norm takes tensors with an axis to standardise, not [8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.group_norm %x {groups = 2 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @eps(%x: tensor<4x8xf32>) {
  // expected-error @below {{'vae.group_norm' op adds -0.5 to a variance; `eps` must not be negative}}
  %y = vae.group_norm %x {groups = 2 : i64, eps = -0.5 : f64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}
