// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @types(%a: tensor<4x8xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{'vae.bce_with_logits_term' op requires the same type for all operands and results}}
  %l = "vae.bce_with_logits_term"(%a, %b) : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return
}
