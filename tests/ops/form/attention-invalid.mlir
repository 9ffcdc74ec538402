// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @rank(%q: tensor<7x8xf32>, %k: tensor<3x9x8xf32>) {
  // expected-error @below {{attention takes [batch, places, channels], whose channels are a number, and `q` is [7, 8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.attention %q, %k, %k : (tensor<7x8xf32>, tensor<3x9x8xf32>, tensor<3x9x8xf32>) -> tensor<3x7x8xf32>
  return
}

// -----

func.func @channels(%q: tensor<3x7x?xf32, #program.shape<3, 7, "C">>) {
  // expected-error @below {{attention takes [batch, places, channels], whose channels are a number, and `q` is [3, 7, C]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.attention %q, %q, %q : (tensor<3x7x?xf32, #program.shape<3, 7, "C">>, tensor<3x7x?xf32, #program.shape<3, 7, "C">>, tensor<3x7x?xf32, #program.shape<3, 7, "C">>) -> tensor<3x7x?xf32, #program.shape<3, 7, "C">>
  return
}

// -----

func.func @heads(%q: tensor<3x7x8xf32>) {
  // expected-error @below {{3 heads do not divide axis 2 of `q`, which is [3, 7, 8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.attention %q, %q, %q {heads = 3 : i64} : (tensor<3x7x8xf32>, tensor<3x7x8xf32>, tensor<3x7x8xf32>) -> tensor<3x7x8xf32>
  return
}

// -----

func.func @no_heads(%q: tensor<3x7x8xf32>) {
  // expected-error @below {{0 heads do not divide axis 2 of `k`, which is [3, 7, 8]}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.attention %q, %q, %q {heads = 2 : i64, kv_heads = 0 : i64} : (tensor<3x7x8xf32>, tensor<3x7x8xf32>, tensor<3x7x8xf32>) -> tensor<3x7x8xf32>
  return
}

// -----

func.func @groups(%q: tensor<3x7x12xf32>) {
  // expected-error @below {{3 heads are not a multiple of 2 `kv_heads`; each head of keys serves as many heads of queries}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.attention %q, %q, %q {heads = 3 : i64, kv_heads = 2 : i64} : (tensor<3x7x12xf32>, tensor<3x7x12xf32>, tensor<3x7x12xf32>) -> tensor<3x7x12xf32>
  return
}

// -----

func.func @batch(%q: tensor<3x7x8xf32>, %k: tensor<2x7x8xf32>) {
  // expected-error @below {{`q` is [3, 7, 8] and `k` is [2, 7, 8]; they must be equal along axis 0}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.attention %q, %k, %k : (tensor<3x7x8xf32>, tensor<2x7x8xf32>, tensor<2x7x8xf32>) -> tensor<3x7x8xf32>
  return
}

// -----

func.func @values(%q: tensor<3x7x8xf32>, %v: tensor<3x9x8xf32>) {
  // expected-error @below {{`k` is [3, 7, 8] and `v` is [3, 9, 8]; they must be equal along axis 1}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.attention %q, %q, %v : (tensor<3x7x8xf32>, tensor<3x7x8xf32>, tensor<3x9x8xf32>) -> tensor<3x7x8xf32>
  return
}

// -----

func.func @width(%q: tensor<3x7x8xf32>, %k: tensor<3x9x8xf32>) {
  // expected-error @below {{`q` is [3, 7, 8], heads of 2 channels, and `k` is [3, 9, 8], heads of 4; axis 2 of `k` must be 2 times 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.attention %q, %k, %k {heads = 4 : i64, kv_heads = 2 : i64} : (tensor<3x7x8xf32>, tensor<3x9x8xf32>, tensor<3x9x8xf32>) -> tensor<3x7x16xf32>
  return
}

// -----

func.func @mask(%q: tensor<3x7x8xf32>, %k: tensor<3x9x8xf32>, %m: tensor<9x7xf32>) {
  // expected-error @below {{a mask [9, 7] does not broadcast to the scores [3, 1, 7, 9], which are [batch, heads, queries, keys]; see its axis 1}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.attention %q, %k, %k, %m : (tensor<3x7x8xf32>, tensor<3x9x8xf32>, tensor<3x9x8xf32>, tensor<9x7xf32>) -> tensor<3x7x8xf32>
  return
}

// -----

func.func @causal(%q: tensor<3x?x8xf32, #program.shape<3, "L", 8>>, %k: tensor<3x?x8xf32, #program.shape<3, "L - 1", 8>>) {
  // expected-error @below {{`causal` attention has L queries and L - 1 keys, and query i reads keys 0 to i; give it a key for each query, or a mask instead}}
  // expected-error @below {{failed to infer returned types}}
  %y = vae.attention %q, %k, %k {causal = true} : (tensor<3x?x8xf32, #program.shape<3, "L", 8>>, tensor<3x?x8xf32, #program.shape<3, "L - 1", 8>>, tensor<3x?x8xf32, #program.shape<3, "L - 1", 8>>) -> tensor<3x?x8xf32, #program.shape<3, "L", 8>>
  return
}
