// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @none() {
  // expected-error @below {{linspace makes 1 to 65536 numbers, not 0}}
  // expected-error @below {{failed to infer returned types}}
  %b = vae.linspace {count = 0 : i64, hi = 1.0 : f64, lo = 0.0 : f64} : tensor<1xf32>
  return
}
