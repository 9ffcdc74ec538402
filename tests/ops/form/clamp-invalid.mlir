// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @integers(%x: tensor<4xi32>) {
  // expected-error @below {{operand #0 must be ranked tensor of floating-point values, but got 'tensor<4xi32>'}}
  %y = vae.clamp %x {hi = 2.000000e+01 : f64, lo = -3.000000e+01 : f64} : tensor<4xi32>
  return
}

// -----

func.func @empty(%x: tensor<4xf32>) {
  // expected-error @below {{'vae.clamp' op limits to the empty interval [1, 0]}}
  %y = vae.clamp %x {lo = 1.0 : f64, hi = 0.0 : f64} : tensor<4xf32>
  return
}
