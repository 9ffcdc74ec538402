// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @panels(%x: tensor<2x4x4x8xf32>, %f: tensor<1x1x3x3x8x16xf32>) {
  // expected-error @below {{failed to infer returned types}}
  // expected-error @below {{windows over [2, 4, 4, 8] to 20 channels do not take a filter of [1, 1, 3, 3, 8, 16]; pictures are [B, H, W, C], filters [groups, panels, height, width, in, 16]}}
  %y = vae.convolve %x, %f to <4, 4> {out = 20 : i64, rows = #program.window<3, 1, 1, -1>, columns = #program.window<3, 1, 1, -1>}
      : (tensor<2x4x4x8xf32>, tensor<1x1x3x3x8x16xf32>) -> tensor<2x4x4x20xf32>
  return
}
