// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @form() {
  // expected-error @below {{'vae.size' op of "B*784", which is no size in canonical form}}
  %n = vae.size "B*784" : f32
  return
}
