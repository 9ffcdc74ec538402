// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @shrinks(%x: tensor<4x8xf32>) {
  // expected-error @below {{shape [4, 8] does not broadcast to [4, 1]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.broadcast %x to <4, 1> : (tensor<4x8xf32>) -> tensor<4x1xf32>
  return
}

// -----

func.func @rank(%x: tensor<4x8xf32>) {
  // expected-error @below {{shape [4, 8] does not broadcast to [8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.broadcast %x to <8> : (tensor<4x8xf32>) -> tensor<8xf32>
  return
}
