// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @symbol(%x: tensor<?xf32, #program.shape<"T">>) {
  // expected-error @below {{cumprod runs along an axis whose size is a number, not T}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.cumprod %x : (tensor<?xf32, #program.shape<"T">>) -> tensor<?xf32, #program.shape<"T">>
  return
}

// -----

func.func @axis(%x: tensor<4xf32>) {
  // expected-error @below {{axis 1 is outside [4] of rank 1}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.cumprod %x {axis = 1 : i64} : (tensor<4xf32>) -> tensor<4xf32>
  return
}
