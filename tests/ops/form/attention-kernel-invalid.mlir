// RUN: vae-opt %s --split-input-file --verify-diagnostics
// What a root of attention reads must fit together.

program.kernel @channels(%q: tensor<2x?x9xf32> {program.sizes = array<i64: -1, 0, -1>}, %k: tensor<2x9x4xf32>, %v: tensor<2x9x6xf32>, %m: tensor<1x4x1x9xf32>, %d0: index) -> (tensor<2x?x12xf32> {program.sizes = array<i64: -1, 0, -1>}, tensor<2x?x4xf32> {program.sizes = array<i64: -1, 0, -1>})
    attributes {form = #program.form<attention>, ties = array<i64: -1, -1>} {
  %e = tensor.empty(%d0) : tensor<2x?x12xf32>
  %f = tensor.empty(%d0) : tensor<2x?x4xf32>
  // expected-error @below {{query of type 'tensor<2x?x9xf32>' is not a tensor [batch, places, channels] of f32 whose static channels 4 heads divide}}
  %y, %l = program.attention %q, %k, %v, %m, %e, %f {
  ^bb0(%x: f32):
    %a = math.exp %x : f32
    %b = math.log %x : f32
    program.yield %a, %b : f32, f32
  } {heads = 4 : i64, kv_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<2x?x9xf32>, tensor<2x9x4xf32>, tensor<2x9x6xf32>, tensor<1x4x1x9xf32>, tensor<2x?x12xf32>, tensor<2x?x4xf32>) -> (tensor<2x?x12xf32>, tensor<2x?x4xf32>)
  program.yield %y, %l : tensor<2x?x12xf32>, tensor<2x?x4xf32>
}

// -----

program.kernel @groups(%q: tensor<2x?x8xf32> {program.sizes = array<i64: -1, 0, -1>}, %k: tensor<2x9x6xf32>, %v: tensor<2x9x6xf32>, %m: tensor<1x4x1x9xf32>, %d0: index) -> (tensor<2x?x12xf32> {program.sizes = array<i64: -1, 0, -1>}, tensor<2x?x4xf32> {program.sizes = array<i64: -1, 0, -1>})
    attributes {form = #program.form<attention>, ties = array<i64: -1, -1>} {
  %e = tensor.empty(%d0) : tensor<2x?x12xf32>
  %f = tensor.empty(%d0) : tensor<2x?x4xf32>
  // expected-error @below {{4 heads are not a multiple of 3 heads of keys}}
  %y, %l = program.attention %q, %k, %v, %m, %e, %f {
  ^bb0(%x: f32):
    %a = math.exp %x : f32
    %b = math.log %x : f32
    program.yield %a, %b : f32, f32
  } {heads = 4 : i64, kv_heads = 3 : i64, scale = 0.5 : f64}
      : (tensor<2x?x8xf32>, tensor<2x9x6xf32>, tensor<2x9x6xf32>, tensor<1x4x1x9xf32>, tensor<2x?x12xf32>, tensor<2x?x4xf32>) -> (tensor<2x?x12xf32>, tensor<2x?x4xf32>)
  program.yield %y, %l : tensor<2x?x12xf32>, tensor<2x?x4xf32>
}

// -----

program.kernel @keys(%q: tensor<2x?x8xf32> {program.sizes = array<i64: -1, 0, -1>}, %k: tensor<2x9x5xf32>, %v: tensor<2x9x6xf32>, %m: tensor<1x4x1x9xf32>, %d0: index) -> (tensor<2x?x12xf32> {program.sizes = array<i64: -1, 0, -1>}, tensor<2x?x4xf32> {program.sizes = array<i64: -1, 0, -1>})
    attributes {form = #program.form<attention>, ties = array<i64: -1, -1>} {
  %e = tensor.empty(%d0) : tensor<2x?x12xf32>
  %f = tensor.empty(%d0) : tensor<2x?x4xf32>
  // expected-error @below {{key of type 'tensor<2x9x5xf32>' does not fit the others; expected 'tensor<2x9x4xf32>'}}
  %y, %l = program.attention %q, %k, %v, %m, %e, %f {
  ^bb0(%x: f32):
    %a = math.exp %x : f32
    %b = math.log %x : f32
    program.yield %a, %b : f32, f32
  } {heads = 4 : i64, kv_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<2x?x8xf32>, tensor<2x9x5xf32>, tensor<2x9x6xf32>, tensor<1x4x1x9xf32>, tensor<2x?x12xf32>, tensor<2x?x4xf32>) -> (tensor<2x?x12xf32>, tensor<2x?x4xf32>)
  program.yield %y, %l : tensor<2x?x12xf32>, tensor<2x?x4xf32>
}

// -----

program.kernel @mask(%q: tensor<2x7x8xf32>, %k: tensor<2x9x4xf32>, %v: tensor<2x9x6xf32>, %m: tensor<1x4x9x1xf32>, %d0: index) -> (tensor<2x7x12xf32>, tensor<2x7x4xf32>)
    attributes {form = #program.form<attention>, ties = array<i64: -1, -1>} {
  %e = tensor.empty() : tensor<2x7x12xf32>
  %f = tensor.empty() : tensor<2x7x4xf32>
  // expected-error @below {{mask of type 'tensor<1x4x9x1xf32>' does not fit the others; expected 'tensor<2x4x7x9xf32>'}}
  %y, %l = program.attention %q, %k, %v, %m, %e, %f {
  ^bb0(%x: f32):
    %a = math.exp %x : f32
    %b = math.log %x : f32
    program.yield %a, %b : f32, f32
  } {heads = 4 : i64, kv_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<2x7x8xf32>, tensor<2x9x4xf32>, tensor<2x9x6xf32>, tensor<1x4x9x1xf32>, tensor<2x7x12xf32>, tensor<2x7x4xf32>) -> (tensor<2x7x12xf32>, tensor<2x7x4xf32>)
  program.yield %y, %l : tensor<2x7x12xf32>, tensor<2x7x4xf32>
}

// -----

program.kernel @sums(%q: tensor<2x?x8xf32> {program.sizes = array<i64: -1, 0, -1>}, %k: tensor<2x9x4xf32>, %v: tensor<2x9x6xf32>, %m: tensor<1x4x1x9xf32>, %d0: index) -> (tensor<2x?x12xf32> {program.sizes = array<i64: -1, 0, -1>}, tensor<2x?x12xf32> {program.sizes = array<i64: -1, 0, -1>})
    attributes {form = #program.form<attention>, ties = array<i64: -1, -1>} {
  %e = tensor.empty(%d0) : tensor<2x?x12xf32>
  %f = tensor.empty(%d0) : tensor<2x?x12xf32>
  // expected-error @below {{sums of type 'tensor<2x?x12xf32>' does not fit the others; expected 'tensor<2x?x4xf32>'}}
  %y, %l = program.attention %q, %k, %v, %m, %e, %f {
  ^bb0(%x: f32):
    %a = math.exp %x : f32
    %b = math.log %x : f32
    program.yield %a, %b : f32, f32
  } {heads = 4 : i64, kv_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<2x?x8xf32>, tensor<2x9x4xf32>, tensor<2x9x6xf32>, tensor<1x4x1x9xf32>, tensor<2x?x12xf32>, tensor<2x?x12xf32>) -> (tensor<2x?x12xf32>, tensor<2x?x12xf32>)
  program.yield %y, %l : tensor<2x?x12xf32>, tensor<2x?x12xf32>
}

// -----

program.kernel @functions(%q: tensor<2x?x8xf32> {program.sizes = array<i64: -1, 0, -1>}, %k: tensor<2x9x4xf32>, %v: tensor<2x9x6xf32>, %m: tensor<1x4x1x9xf32>, %d0: index) -> (tensor<2x?x12xf32> {program.sizes = array<i64: -1, 0, -1>}, tensor<2x?x4xf32> {program.sizes = array<i64: -1, 0, -1>})
    attributes {form = #program.form<attention>, ties = array<i64: -1, -1>} {
  %e = tensor.empty(%d0) : tensor<2x?x12xf32>
  %f = tensor.empty(%d0) : tensor<2x?x4xf32>
  // expected-error @below {{has functions that do not make two numbers of one f32}}
  %y, %l = program.attention %q, %k, %v, %m, %e, %f {
  ^bb0(%x: f32):
    program.yield %x : f32
  } {heads = 4 : i64, kv_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<2x?x8xf32>, tensor<2x9x4xf32>, tensor<2x9x6xf32>, tensor<1x4x1x9xf32>, tensor<2x?x12xf32>, tensor<2x?x4xf32>) -> (tensor<2x?x12xf32>, tensor<2x?x4xf32>)
  program.yield %y, %l : tensor<2x?x12xf32>, tensor<2x?x4xf32>
}
