// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @sizes(%a: tensor<4x8xf32>, %b: tensor<4x7xf32>) {
  // expected-error @below {{shapes [4, 8] and [4, 7] do not broadcast; axis 1 is 8 and 7}}
  %y = vae.not_equal %a, %b : tensor<4x8xf32>, tensor<4x7xf32>
  return
}

// -----

func.func @symbols(%a: tensor<?xf32, #program.shape<"B">>, %b: tensor<?xf32, #program.shape<"2*B">>) {
  // expected-error @below {{shapes [B] and [2*B] do not broadcast; axis 0 is B and 2*B}}
  %y = vae.not_equal %a, %b : tensor<?xf32, #program.shape<"B">>, tensor<?xf32, #program.shape<"2*B">>
  return
}

// -----

func.func @elements(%a: tensor<4xf32>, %b: tensor<4xf64>) {
  // expected-error @below {{element types 'f32' and 'f64' do not mix}}
  %y = vae.not_equal %a, %b : tensor<4xf32>, tensor<4xf64>
  return
}
