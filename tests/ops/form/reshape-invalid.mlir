// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @count(%x: tensor<?x784xf32, #program.shape<"B", 784>>) {
  // expected-error @below {{reshape of [B, 784] to [B, 28, 29] changes the number of elements from 784*B to 812*B}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.reshape %x to <"B", 28, 29> : (tensor<?x784xf32, #program.shape<"B", 784>>) -> tensor<?x28x29xf32, #program.shape<"B", 28, 29>>
  return
}
