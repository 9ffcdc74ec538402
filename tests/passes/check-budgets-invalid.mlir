// RUN: vae-opt --vae-check-budgets %s --split-input-file --verify-diagnostics

// Calls in a circle are not written out, and nobody's loop.
func.func private @odd(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = call @even(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func private @even(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = call @odd(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func @circle(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = call @odd(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// Three loops and twice three through calls: nine. The func that is called first is fine by itself, wherever it stands.
// expected-error @below {{`nine` has loops nested deeper than 8 once its calls are written out}}
func.func @nine(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = vae.loop "2" carrying(%x) {
  ^bb0(%i: tensor<i32>, %a: tensor<4xf32>):
    %b = vae.loop "2" carrying(%a) {
    ^bb0(%j: tensor<i32>, %c: tensor<4xf32>):
      %d = vae.loop "2" carrying(%c) {
      ^bb0(%k: tensor<i32>, %e: tensor<4xf32>):
        %f = func.call @six(%e) : (tensor<4xf32>) -> tensor<4xf32>
        vae.yield %f : tensor<4xf32>
      } : (tensor<4xf32>) -> tensor<4xf32>
      vae.yield %d : tensor<4xf32>
    } : (tensor<4xf32>) -> tensor<4xf32>
    vae.yield %b : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func private @six(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = vae.loop "2" carrying(%x) {
  ^bb0(%i: tensor<i32>, %a: tensor<4xf32>):
    %b = vae.loop "2" carrying(%a) {
    ^bb0(%j: tensor<i32>, %c: tensor<4xf32>):
      %d = vae.loop "2" carrying(%c) {
      ^bb0(%k: tensor<i32>, %e: tensor<4xf32>):
        %f = func.call @three(%e) : (tensor<4xf32>) -> tensor<4xf32>
        vae.yield %f : tensor<4xf32>
      } : (tensor<4xf32>) -> tensor<4xf32>
      vae.yield %d : tensor<4xf32>
    } : (tensor<4xf32>) -> tensor<4xf32>
    vae.yield %b : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func private @three(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = vae.loop "2" carrying(%x) {
  ^bb0(%i: tensor<i32>, %a: tensor<4xf32>):
    %b = vae.loop "2" carrying(%a) {
    ^bb0(%j: tensor<i32>, %c: tensor<4xf32>):
      %d = vae.loop "2" carrying(%c) {
      ^bb0(%k: tensor<i32>, %e: tensor<4xf32>):
        %f = vae.relu %e : tensor<4xf32>
        vae.yield %f : tensor<4xf32>
      } : (tensor<4xf32>) -> tensor<4xf32>
      vae.yield %d : tensor<4xf32>
    } : (tensor<4xf32>) -> tensor<4xf32>
    vae.yield %b : tensor<4xf32>
  } : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
