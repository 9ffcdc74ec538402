// What a kernel's form says, its body must be.
// RUN: vae-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{unknown form `sorting` of a kernel}}
program.kernel @unknown(%x: tensor<4xf32>) -> tensor<4xf32> attributes {form = #program.form<sorting>, ties = array<i64: -1>} {
  program.yield %x : tensor<4xf32>
}

// -----

// expected-error @below {{has no root}}
program.kernel @rootless(%x: tensor<4xf32>) -> tensor<4xf32> attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  program.yield %x : tensor<4xf32>
}

// -----

program.kernel @foreign(%x: tensor<4xf32>) -> tensor<4xf32> attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  // expected-error @below {{has no place in a kernel}}
  %y = tensor.cast %x : tensor<4xf32> to tensor<?xf32>
  program.yield %x : tensor<4xf32>
}

// -----

#i = affine_map<(i) -> (i)>
program.kernel @twice(%x: tensor<4xf32>) -> tensor<4xf32> attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<4xf32>
  %y = linalg.generic {indexing_maps = [#i, #i], iterator_types = ["parallel"]} ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<4xf32>
  // expected-error @below {{has a role "root" that is unknown or taken}}
  %z = linalg.generic {indexing_maps = [#i, #i], iterator_types = ["parallel"]} ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<4xf32>
  program.yield %y : tensor<4xf32>
}

// -----

#i = affine_map<(i) -> (i)>
#none = affine_map<(i) -> ()>
program.kernel @folds(%x: tensor<4xf32>) -> tensor<f32> attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<f32>
  %s = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> tensor<f32>
  // expected-error @below {{is not the root of a kernel of form elementwise}}
  %y = linalg.generic {indexing_maps = [#i, #none], iterator_types = ["reduction"]} ins(%x : tensor<4xf32>) outs(%s : tensor<f32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  program.yield %y : tensor<f32>
}

// -----

program.kernel @windows(%x: tensor<2x3x8x8xf32>, %f: tensor<1x1x1x1x8x16xf32>) -> tensor<2x3x8x4xf32> attributes {form = #program.form<filter_gradient>, ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<2x3x8x4xf32>
  // expected-error @below {{is not the root of a kernel of form filter_gradient}}
  %y = program.convolution %x, %f into %e rows <1, 1, 1, 0> columns <1, 1, 1, 0> : (tensor<2x3x8x8xf32>, tensor<1x1x1x1x8x16xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  program.yield %y : tensor<2x3x8x4xf32>
}

// -----

#i = affine_map<(i, j) -> (i, j)>
program.kernel @panels(%x: tensor<4x4xf32> {program.layout = #program.layout<panels32>}) -> tensor<4x4xf32> attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<4x4xf32>
  // expected-error @below {{operand 0 is made in the kernel or lies in panels, which the form elementwise does not read}}
  %y = linalg.generic {indexing_maps = [#i, #i], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<4x4xf32>
  program.yield %y : tensor<4x4xf32>
}

// -----

#i = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
program.kernel @iterators(%x: tensor<4x4xf32>) -> tensor<4xf32> attributes {form = #program.form<reduction>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %s = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  // expected-error @below {{has loop 0, whose iterator differs from its results' maps}}
  %y = linalg.generic {indexing_maps = [#i, #row], iterator_types = ["reduction", "reduction"]} ins(%x : tensor<4x4xf32>) outs(%s : tensor<4xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<4xf32>
  program.yield %y : tensor<4xf32>
}

// -----

#i = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#column = affine_map<(i, j) -> (j)>
program.kernel @spaces(%x: tensor<4x4xf32>) -> (tensor<4xf32>, tensor<4xf32>) attributes {form = #program.form<reduction>, ties = array<i64: -1, -1>} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %s = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  // expected-error @below {{reduces over two different spaces, affine_map<(d0, d1) -> (d0)> and affine_map<(d0, d1) -> (d1)>}}
  %y:2 = linalg.generic {indexing_maps = [#i, #row, #column], iterator_types = ["reduction", "reduction"]} ins(%x : tensor<4x4xf32>) outs(%s, %s : tensor<4xf32>, tensor<4xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32, %p: f32):
    %t = arith.addf %o, %a : f32
    %u = arith.addf %p, %a : f32
    linalg.yield %t, %u : f32, f32
  } -> (tensor<4xf32>, tensor<4xf32>)
  program.yield %y#0, %y#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// The roles of m and n are those of the loops, not the other way round; and a product starts from zero.
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
program.kernel @exchanged(%x: tensor<4x8xf32>, %w: tensor<5x8xf32>) -> tensor<4x5xf32> attributes {form = #program.form<gemm, k = 2, m = 1, n = 0>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x5xf32>
  %s = linalg.fill ins(%zero : f32) outs(%e : tensor<4x5xf32>) -> tensor<4x5xf32>
  // expected-error @below {{is not a product of matrices with the loops of #program.form<gemm, k = 2, m = 1, n = 0>}}
  %y = linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<4x8xf32>, tensor<5x8xf32>) outs(%s : tensor<4x5xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.mulf %a, %b : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<4x5xf32>
  program.yield %y : tensor<4x5xf32>
}

// -----

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
program.kernel @from_one(%x: tensor<4x8xf32>, %w: tensor<5x8xf32>) -> tensor<4x5xf32> attributes {form = #program.form<gemm, k = 2, m = 0, n = 1>, ties = array<i64: -1>} {
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<4x5xf32>
  %s = linalg.fill ins(%one : f32) outs(%e : tensor<4x5xf32>) -> tensor<4x5xf32>
  // expected-error @below {{is not a product of matrices}}
  %y = linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<4x8xf32>, tensor<5x8xf32>) outs(%s : tensor<4x5xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.mulf %a, %b : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<4x5xf32>
  program.yield %y : tensor<4x5xf32>
}

// -----

#i = affine_map<(i, j) -> (i, j)>
#t = affine_map<(i, j) -> (j, i)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
program.kernel @turned(%x: tensor<8x4xf32>, %w: tensor<5x8xf32>) -> tensor<4x5xf32> attributes {form = #program.form<gemm, k = 2, m = 0, n = 1>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %p = tensor.empty() : tensor<4x8xf32>
  %l = linalg.generic {indexing_maps = [#i, #t], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<8x4xf32>) outs(%p : tensor<4x8xf32>) attrs = {program.role = "prologue"} {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<4x8xf32>
  %e = tensor.empty() : tensor<4x5xf32>
  %s = linalg.fill ins(%zero : f32) outs(%e : tensor<4x5xf32>) -> tensor<4x5xf32>
  // expected-error @below {{side 0 does not come from a prologue with one result in the order of its loops}}
  %y = linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%l, %w : tensor<4x8xf32>, tensor<5x8xf32>) outs(%s : tensor<4x5xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.mulf %a, %b : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<4x5xf32>
  program.yield %y : tensor<4x5xf32>
}

// -----

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>
program.kernel @side(%x: tensor<4x8xf32>, %w: tensor<8x5xf32> {program.layout = #program.layout<panels32>}) -> tensor<4x5xf32> attributes {form = #program.form<gemm, k = 2, m = 0, n = 1>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x5xf32>
  %s = linalg.fill ins(%zero : f32) outs(%e : tensor<4x5xf32>) -> tensor<4x5xf32>
  // expected-error @below {{reads panels that are not its right side in (n, k) order}}
  %y = linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<4x8xf32>, tensor<8x5xf32>) outs(%s : tensor<4x5xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.mulf %a, %b : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<4x5xf32>
  program.yield %y : tensor<4x5xf32>
}

// -----

// A search whose products nothing chooses among.
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
// expected-error @below {{has no choice among its codes}}
program.kernel @open(%x: tensor<4x8xf32>, %w: tensor<5x8xf32>) -> tensor<4x5xf32> attributes {form = #program.form<nearest_code, k = 2, m = 0, n = 1>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x5xf32>
  %s = linalg.fill ins(%zero : f32) outs(%e : tensor<4x5xf32>) -> tensor<4x5xf32>
  %y = linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<4x8xf32>, tensor<5x8xf32>) outs(%s : tensor<4x5xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.mulf %a, %b : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<4x5xf32>
  program.yield %y : tensor<4x5xf32>
}

// -----

#i = affine_map<(i) -> (i)>
program.kernel @after_nothing(%x: tensor<4xf32>) -> tensor<4xf32> attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<4xf32>
  %y = linalg.generic {indexing_maps = [#i, #i], iterator_types = ["parallel"]} ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<4xf32>
  // expected-error @below {{is an epilogue without a reduction}}
  %z = linalg.generic {indexing_maps = [#i, #i], iterator_types = ["parallel"]} ins(%y : tensor<4xf32>) outs(%e : tensor<4xf32>) attrs = {program.role = "epilogue"} {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<4xf32>
  program.yield %z : tensor<4xf32>
}

// -----

#i = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#one = affine_map<(i) -> (i)>
#none = affine_map<(i) -> ()>
program.kernel @folds_again(%x: tensor<4x4xf32>) -> tensor<f32> attributes {form = #program.form<reduction>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %s = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %y = linalg.generic {indexing_maps = [#i, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<4x4xf32>) outs(%s : tensor<4xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<4xf32>
  %f = tensor.empty() : tensor<f32>
  %g = linalg.fill ins(%zero : f32) outs(%f : tensor<f32>) -> tensor<f32>
  // expected-error @below {{is an epilogue that reduces}}
  %z = linalg.generic {indexing_maps = [#one, #none], iterator_types = ["reduction"]} ins(%y : tensor<4xf32>) outs(%g : tensor<f32>) attrs = {program.role = "epilogue"} {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  program.yield %z : tensor<f32>
}

// -----

#i = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#one = affine_map<(i) -> (i)>
program.kernel @beside(%x: tensor<4x4xf32>) -> tensor<4xf32> attributes {form = #program.form<reduction>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %s = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %y = linalg.generic {indexing_maps = [#i, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<4x4xf32>) outs(%s : tensor<4xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    %t = arith.addf %o, %a : f32
    linalg.yield %t : f32
  } -> tensor<4xf32>
  // expected-error @below {{operand 0 is not the root's result}}
  %z = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%s : tensor<4xf32>) outs(%e : tensor<4xf32>) attrs = {program.role = "epilogue"} {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<4xf32>
  program.yield %z : tensor<4xf32>
}

// -----

// After a choice an epilogue runs over m and k.
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
#all = affine_map<(m, n) -> (m, n)>
#last = affine_map<(m, n) -> (n)>
#kept = affine_map<(m, n) -> (m)>
#one = affine_map<(i) -> (i)>
program.kernel @flat(%x: tensor<4x8xf32>, %w: tensor<5x8xf32>, %norms: tensor<5xf32>) -> tensor<4xi32> attributes {form = #program.form<nearest_code, k = 2, m = 0, n = 1>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %inf = arith.constant 0x7F800000 : f32
  %no = arith.constant 0 : i32
  %e = tensor.empty() : tensor<4x5xf32>
  %s = linalg.fill ins(%zero : f32) outs(%e : tensor<4x5xf32>) -> tensor<4x5xf32>
  %p = linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<4x8xf32>, tensor<5x8xf32>) outs(%s : tensor<4x5xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.mulf %a, %b : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<4x5xf32>
  %be = tensor.empty() : tensor<4xf32>
  %bi = linalg.fill ins(%inf : f32) outs(%be : tensor<4xf32>) -> tensor<4xf32>
  %ie = tensor.empty() : tensor<4xi32>
  %ii = linalg.fill ins(%no : i32) outs(%ie : tensor<4xi32>) -> tensor<4xi32>
  %best:2 = linalg.generic {indexing_maps = [#all, #last, #kept, #kept], iterator_types = ["parallel", "reduction"]} ins(%p, %norms : tensor<4x5xf32>, tensor<5xf32>) outs(%bi, %ii : tensor<4xf32>, tensor<4xi32>) attrs = {program.role = "choice"} {
  ^bb0(%q: f32, %y: f32, %v: f32, %i: i32):
    %0 = arith.subf %y, %q : f32
    %1 = linalg.index 1 : index
    %2 = arith.index_cast %1 : index to i32
    %3 = arith.cmpf olt, %0, %v : f32
    %4 = arith.select %3, %0, %v : f32
    %5 = arith.select %3, %2, %i : i32
    linalg.yield %4, %5 : f32, i32
  } -> (tensor<4xf32>, tensor<4xi32>)
  // expected-error @below {{is an epilogue of 1 loops, which are not batch, m and k}}
  %z = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%best#1 : tensor<4xi32>) outs(%ie : tensor<4xi32>) attrs = {program.role = "epilogue"} {
  ^bb0(%a: i32, %o: i32):
    linalg.yield %a : i32
  } -> tensor<4xi32>
  program.yield %z : tensor<4xi32>
}
