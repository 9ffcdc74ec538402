// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @form() {
  // expected-error @below {{'vae.size' op names "B*784", which is not a size in canonical form}}
  %n = vae.size "B*784" : f32
  return
}
