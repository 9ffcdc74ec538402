// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @batches(%g: tensor<2x4x4x6xf32>, %x: tensor<3x4x4x4xf32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{a filter gradient does not take [2, 4, 4, 6] and [3, 4, 4, 4] in 2 groups; both are [B, H, W, C] of one B, and groups divide both C}}
  %d = vae.filter_gradient %g, %x {groups = 2 : i64, rows = #program.window<3, 1, 1, -1>, columns = #program.window<3, 1, 1, -1>}
      : (tensor<2x4x4x6xf32>, tensor<3x4x4x4xf32>) -> tensor<2x3x3x2x3xf32>
  return
}
