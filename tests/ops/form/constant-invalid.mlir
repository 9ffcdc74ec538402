// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @vector() {
  // expected-error @below {{the constant is not a dense tensor but dense<0.000000e+00> : vector<4xf32>}}
  %c = vae.constant dense<0.0> : vector<4xf32>
  return
}
