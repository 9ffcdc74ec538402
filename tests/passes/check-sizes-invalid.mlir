// RUN: vae-opt --vae-check-sizes %s --split-input-file --verify-diagnostics

// What fits by its numbers does: symbols are bound later. A formula that has no value where its symbols are 1 is no mistake.
func.func @fits(%x: tensor<?x2147483647xf32, #program.shape<"B", 2147483647>>, %y: tensor<?x?xf32, #program.shape<"H - 9", "H/8">>) {
  return
}

// -----

// expected-error @below {{a tensor of shape [65536, 65536] has more elements than kernels count, which is 2147483647}}
func.func @argument(%x: tensor<65536x65536xf32>) {
  return
}

// -----

func.func @result(%x: tensor<?x65536x1xf32, #program.shape<"B", 65536, 1>>) {
  // expected-error @below {{a tensor of shape [B, 65536, 32768] has more elements}}
  %y = vae.broadcast %x to <"B", 65536, 32768> : (tensor<?x65536x1xf32, #program.shape<"B", 65536, 1>>) -> tensor<?x65536x32768xf32, #program.shape<"B", 65536, 32768>>
  return
}

// -----

// Products beyond 64 bits, too.
// expected-error @below {{a tensor of shape [4294967296*B, 4294967296] has more elements}}
func.func @factors(%x: tensor<?x4294967296xf32, #program.shape<"4294967296*B", 4294967296>>) {
  return
}
