// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @clip(%a: tensor<8xf32>, %max: tensor<f32>) {
  // expected-error @below {{'vae.clip_norm' op inferred type(s) 'tensor<8xf32>' are incompatible with return type(s) of operation 'tensor<7xf32>'}}
  // expected-error @below {{failed to infer returned types}}
  %c = vae.clip_norm %a, %max : (tensor<8xf32>, tensor<f32>) -> tensor<7xf32>
  return
}
