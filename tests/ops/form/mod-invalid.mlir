// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @elements(%a: tensor<4xi32>, %b: tensor<4xf32>) {
  // expected-error @below {{element types 'i32' and 'f32' do not mix}}
  %y = vae.mod %a, %b : tensor<4xi32>, tensor<4xf32>
  return
}
