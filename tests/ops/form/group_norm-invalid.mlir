// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @groups(%x: tensor<4x8xf32>) {
  // expected-error @below {{group_norm of 8 channels in 3 groups; they divide the channels evenly}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.group_norm %x {groups = 3 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @zero(%x: tensor<4x8xf32>) {
  // expected-error @below {{group_norm of 8 channels in 0 groups; they divide the channels evenly}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.group_norm %x {groups = 0 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @weight(%x: tensor<4x8xf32>, %w: tensor<4xf32>) {
  // expected-error @below {{group_norm of [4, 8] with a parameter [4]; each is [8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.group_norm %x, %w, %w {groups = 2 : i64} : (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @scalar(%x: tensor<8xf32>) {
  // expected-error @below {{group_norm of [8], which has no axis to standardise}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.group_norm %x {groups = 2 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @eps(%x: tensor<4x8xf32>) {
  // expected-error @below {{'vae.group_norm' op adds -0.5 to a variance; `eps` is not negative}}
  %y = vae.group_norm %x {groups = 2 : i64, eps = -0.5 : f64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}
