// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @types(%x: tensor<4xf32>) {
  // expected-error @below {{'vae.group' op yields 'tensor<4xf32>' for results 'tensor<5xf32>'}}
  %y = vae.group {
    vae.yield %x : tensor<4xf32>
  } : tensor<5xf32>
  return
}

// -----

func.func @open(%x: tensor<4xf32>) {
  // expected-error @below {{'vae.group' op ends without `vae.yield`}}
  vae.group {
    %y = vae.relu %x : tensor<4xf32>
  }
  return
}
