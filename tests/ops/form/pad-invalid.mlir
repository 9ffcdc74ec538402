// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @odd(%x: tensor<4x8xf32>) {
  // expected-error @below {{pad of [4, 8] has 1 numbers; there must be two for each of the last axes}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.pad %x {padding = array<i64: 1>} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @many(%x: tensor<8xf32>) {
  // expected-error @below {{pad of [8] has 4 numbers; there must be two for each of the last axes}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.pad %x {padding = array<i64: 1, 1, 1, 1>} : (tensor<8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @negative(%x: tensor<4x8xf32>) {
  // expected-error @below {{pad of [4, 8] has a border of -1; it must not be negative}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.pad %x {padding = array<i64: 0, -1>} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @mode(%x: tensor<4x8xf32>) {
  // expected-error @below {{pads by "circular"; there are "constant", "reflect" and "replicate"}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.pad %x {mode = "circular", padding = array<i64: 0, 1>} : (tensor<4x8xf32>) -> tensor<4x9xf32>
  return
}

// -----

func.func @reflection(%x: tensor<4x8xf32>) {
  // expected-error @below {{pad of [4, 8] reflects 8 places of an axis of 8; a border that reflects must be smaller than its axis}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.pad %x {mode = "reflect", padding = array<i64: 0, 8>} : (tensor<4x8xf32>) -> tensor<4x16xf32>
  return
}
