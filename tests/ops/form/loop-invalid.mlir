// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @count(%x: tensor<4xf32>) {
  // expected-error @below {{runs "W*H" times, which is not a size in canonical form}}
  %y = vae.loop "W*H" carrying(%x) {
  ^bb0(%t: tensor<i32>, %old: tensor<4xf32>):
    vae.yield %old : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @end(%x: tensor<4xf32>) {
  // expected-error @below {{ends without `vae.yield`}}
  %y = vae.loop "4" carrying(%x) {
  ^bb0(%t: tensor<i32>, %old: tensor<4xf32>):
    %r = vae.relu %old : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @turn(%x: tensor<4xf32>) {
  // expected-error @below {{has a body that does not take the number of its turn, 'tensor<i32>'}}
  %y = vae.loop "4" carrying(%x) {
  ^bb0(%old: tensor<4xf32>):
    vae.yield %old : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @types(%x: tensor<4xf32>, %z: tensor<5xf32>) {
  // expected-error @below {{carries 'tensor<4xf32>' in, 'tensor<5xf32>' from turn to turn and 'tensor<4xf32>' out; they must be the same}}
  %y = vae.loop "4" carrying(%x) {
  ^bb0(%t: tensor<i32>, %old: tensor<4xf32>):
    vae.yield %z : tensor<5xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}
