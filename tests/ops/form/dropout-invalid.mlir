// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @all(%r: tensor<4xi32>, %x: tensor<4x8xf32>) {
  // expected-error @below {{leaves out 1 of the elements; `p` must be at least 0 and below 1}}
  %y = vae.dropout %r, %x {p = 1.0 : f64} : (tensor<4xi32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}
