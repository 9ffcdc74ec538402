// RUN: vae-opt --vae-select-programs=programs=entries %s | FileCheck %s --check-prefix=ENTRIES
// RUN: vae-opt --vae-select-programs=programs=encode,elbo %s | FileCheck %s --check-prefix=ELBO
// RUN: not vae-opt --vae-select-programs=programs=deocde %s 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: the model has no entry or loss `deocde`; --programs takes entries, encode, decode, elbo, judge

// What only a loss reads goes with it, and what only that called.
// ENTRIES: vae.parameter @up
// ENTRIES-NOT: @critic
// ENTRIES: func.func @encode
// ENTRIES: func.func @decode
// ENTRIES-NOT: func.func
// ENTRIES-NOT: vae.minimize

// `decode` is no entry then, but `elbo` calls it.
// ELBO: func.func @encode({{.*}}vae.kind = "entry"
// ELBO: func.func private @decode
// ELBO-NOT: vae.kind
// ELBO: func.func @elbo({{.*}}vae.kind = "loss"
// ELBO-NOT: @judge
// ELBO: vae.minimize @elbo
// ELBO-NOT: vae.minimize
vae.parameter @up : tensor<4xf32> init <zeros, 0.0, 0.0>
vae.parameter @critic : tensor<4xf32> init <zeros, 0.0, 0.0>
func.func @encode(%x: tensor<4xf32>) -> tensor<4xf32> attributes {vae.kind = "entry"} {
  return %x : tensor<4xf32>
}
func.func @decode(%z: tensor<4xf32>) -> tensor<4xf32> attributes {vae.kind = "entry"} {
  %up = vae.read @up : tensor<4xf32>
  %y = vae.mul %z, %up : tensor<4xf32>, tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func private @score(%x: tensor<4xf32>) -> tensor<4xf32> {
  %critic = vae.read @critic : tensor<4xf32>
  %y = vae.mul %x, %critic : tensor<4xf32>, tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func @elbo(%x: tensor<4xf32>) -> tensor<f32> attributes {vae.kind = "loss"} {
  %y = call @decode(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %loss = vae.mean %y : (tensor<4xf32>) -> tensor<f32>
  return %loss : tensor<f32>
}
func.func @judge(%x: tensor<4xf32>) -> tensor<f32> attributes {vae.kind = "loss"} {
  %y = call @score(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %loss = vae.mean %y : (tensor<4xf32>) -> tensor<f32>
  return %loss : tensor<f32>
}
vae.minimize @elbo with "sgd" {lr = 0.1 : f64, momentum = 0.9 : f64, weight_decay = 0.0 : f64, nesterov = false}
vae.minimize @judge with "sgd" {lr = 0.1 : f64, momentum = 0.9 : f64, weight_decay = 0.0 : f64, nesterov = false} over ["critic"]
