// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @past(%x: tensor<4x8xf32>) {
  // expected-error @below {{slice from 2 to 9 does not lie inside [4, 8] along axis 1, whose size is 8}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.slice %x {axis = 1 : i64, bounds = #program.shape<2, 9>} : (tensor<4x8xf32>) -> tensor<4x7xf32>
  return
}

// -----

func.func @empty(%x: tensor<4x8xf32>) {
  // expected-error @below {{slice from 3 to 3 does not lie inside [4, 8] along axis 1, whose size is 8}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.slice %x {axis = 1 : i64, bounds = #program.shape<3, 3>} : (tensor<4x8xf32>) -> tensor<4x0xf32>
  return
}

// -----

func.func @bounds(%x: tensor<4x8xf32>) {
  // expected-error @below {{slice bounds [3] are not a begin and an end}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.slice %x {axis = 1 : i64, bounds = #program.shape<3>} : (tensor<4x8xf32>) -> tensor<4x5xf32>
  return
}
