// What is not one of the canonical forms is refused where it stands.
// RUN: split-file %s %t
// RUN: not kernel-to-code %t/role.mlir 2>&1 | FileCheck %s --check-prefix=ROLE
// RUN: not kernel-to-code %t/spaces.mlir 2>&1 | FileCheck %s --check-prefix=SPACES
// RUN: not kernel-to-code %t/body.mlir 2>&1 | FileCheck %s --check-prefix=BODY
// RUN: not kernel-to-code %t/map.mlir 2>&1 | FileCheck %s --check-prefix=MAP
// RUN: not kernel-to-code %t/bits.mlir 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: not kernel-to-code %t/greatest.mlir 2>&1 | FileCheck %s --check-prefix=GREATEST
// RUN: not kernel-to-code %t/stored.mlir 2>&1 | FileCheck %s --check-prefix=GREATEST
// RUN: not kernel-to-code %t/loose.mlir 2>&1 | FileCheck %s --check-prefix=LOOSE
// RUN: not kernel-to-code %t/double.mlir 2>&1 | FileCheck %s --check-prefix=DOUBLE

// ROLE: has a role "main" that is unknown or taken
// SPACES: reduces over two different spaces
// BODY: has no place in a kernel's body
// MAP: is not a projected permutation
// BITS: has a buffer of element type 'i1'
// GREATEST: is not a choice of the least score along its last loop
// LOOSE: chooses among what is not a product of plain rows and an (n, k) table
// DOUBLE: is taken by no strategy; Gemm: multiplies matrices of f64

//--- double.mlir
program.kernel @k(%x: tensor<4x8xf64>, %w: tensor<8x4xf64>) -> (tensor<4x4xf64>) attributes {form = #program.form<gemm, k = 2, m = 0, n = 1>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f64
  %e = tensor.empty() : tensor<4x4xf64>
  %i = linalg.fill ins(%zero : f64) outs(%e : tensor<4x4xf64>) -> tensor<4x4xf64>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<4x8xf64>, tensor<8x4xf64>) outs(%i : tensor<4x4xf64>)
      attrs = {program.role = "root"} {
  ^bb0(%a: f64, %b: f64, %c: f64):
    %p = arith.mulf %a, %b : f64
    %s = arith.addf %c, %p : f64
    linalg.yield %s : f64
  } -> tensor<4x4xf64>
  program.yield %r : tensor<4x4xf64>
}
//--- role.mlir
program.kernel @k(%x: tensor<4xf32>) -> (tensor<4xf32>) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<4xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) attrs = {program.role = "main"} {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<4xf32>
  program.yield %r : tensor<4xf32>
}
//--- spaces.mlir
program.kernel @k(%x: tensor<4x5xf32>) -> (tensor<4xf32>, tensor<5xf32>) attributes {form = #program.form<reduction>, ties = array<i64: -1, -1>} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %f = tensor.empty() : tensor<5xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %j = linalg.fill ins(%zero : f32) outs(%f : tensor<5xf32>) -> tensor<5xf32>
  %r:2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>],
      iterator_types = ["reduction", "reduction"]} ins(%x : tensor<4x5xf32>) outs(%i, %j : tensor<4xf32>, tensor<5xf32>)
      attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32, %p: f32):
    %s = arith.addf %o, %a : f32
    %t = arith.addf %p, %a : f32
    linalg.yield %s, %t : f32, f32
  } -> (tensor<4xf32>, tensor<5xf32>)
  program.yield %r#0, %r#1 : tensor<4xf32>, tensor<5xf32>
}
//--- body.mlir
program.kernel @k(%x: tensor<4xf32>) -> (tensor<4xf32>) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<4xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    %y = math.exp %a : f32
    linalg.yield %y : f32
  } -> tensor<4xf32>
  program.yield %r : tensor<4xf32>
}
//--- map.mlir
program.kernel @k(%x: tensor<7xf32>) -> (tensor<4x4xf32>) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<4x4xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i + j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<7xf32>) outs(%e : tensor<4x4xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<4x4xf32>
  program.yield %r : tensor<4x4xf32>
}
//--- bits.mlir
program.kernel @k(%x: tensor<4xf32>) -> (tensor<4xi1>) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4xi1>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<4xf32>) outs(%e : tensor<4xi1>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: i1):
    %c = arith.cmpf ogt, %a, %zero : f32
    linalg.yield %c : i1
  } -> tensor<4xi1>
  program.yield %r : tensor<4xi1>
}
//--- greatest.mlir
program.kernel @k(%z: tensor<4x3xf32>, %c: tensor<5x3xf32>, %n: tensor<5xf32>) -> (tensor<4xi32>) attributes {form = #program.form<nearest_code, k = 2, m = 0, n = 1>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %inf = arith.constant 0x7F800000 : f32
  %none = arith.constant 0 : i32
  %pe = tensor.empty() : tensor<4x5xf32>
  %be = tensor.empty() : tensor<4xf32>
  %ie = tensor.empty() : tensor<4xi32>
  %pi = linalg.fill ins(%zero : f32) outs(%pe : tensor<4x5xf32>) -> tensor<4x5xf32>
  %bi = linalg.fill ins(%inf : f32) outs(%be : tensor<4xf32>) -> tensor<4xf32>
  %ii = linalg.fill ins(%none : i32) outs(%ie : tensor<4xi32>) -> tensor<4xi32>
  %p = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%z, %c : tensor<4x3xf32>, tensor<5x3xf32>) outs(%pi : tensor<4x5xf32>)
      attrs = {program.role = "root"} {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x5xf32>
  %best:2 = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m)>,
      affine_map<(m, n) -> (m)>], iterator_types = ["parallel", "reduction"]} ins(%p, %n : tensor<4x5xf32>, tensor<5xf32>)
      outs(%bi, %ii : tensor<4xf32>, tensor<4xi32>) attrs = {program.role = "choice"} {
  ^bb0(%x: f32, %y: f32, %s: f32, %i: i32):
    %0 = arith.subf %y, %x : f32
    %1 = linalg.index 1 : index
    %2 = arith.index_cast %1 : index to i32
    %3 = arith.cmpf ogt, %0, %s : f32
    %4 = arith.select %3, %0, %s : f32
    %5 = arith.select %3, %2, %i : i32
    linalg.yield %4, %5 : f32, i32
  } -> (tensor<4xf32>, tensor<4xi32>)
  program.yield %best#1 : tensor<4xi32>
}
//--- stored.mlir
program.kernel @k(%z: tensor<4x3xf32>, %c: tensor<5x3xf32>, %n: tensor<5xf32>) -> (tensor<4xi32>, tensor<4x5xf32>) attributes {form = #program.form<nearest_code, k = 2, m = 0, n = 1>, ties = array<i64: -1, -1>} {
  %zero = arith.constant 0.0 : f32
  %inf = arith.constant 0x7F800000 : f32
  %none = arith.constant 0 : i32
  %pe = tensor.empty() : tensor<4x5xf32>
  %be = tensor.empty() : tensor<4xf32>
  %ie = tensor.empty() : tensor<4xi32>
  %pi = linalg.fill ins(%zero : f32) outs(%pe : tensor<4x5xf32>) -> tensor<4x5xf32>
  %bi = linalg.fill ins(%inf : f32) outs(%be : tensor<4xf32>) -> tensor<4xf32>
  %ii = linalg.fill ins(%none : i32) outs(%ie : tensor<4xi32>) -> tensor<4xi32>
  %p = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%z, %c : tensor<4x3xf32>, tensor<5x3xf32>) outs(%pi : tensor<4x5xf32>)
      attrs = {program.role = "root"} {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x5xf32>
  %best:2 = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m)>,
      affine_map<(m, n) -> (m)>], iterator_types = ["parallel", "reduction"]} ins(%p, %n : tensor<4x5xf32>, tensor<5xf32>)
      outs(%bi, %ii : tensor<4xf32>, tensor<4xi32>) attrs = {program.role = "choice"} {
  ^bb0(%x: f32, %y: f32, %s: f32, %i: i32):
    %0 = arith.subf %y, %x : f32
    %1 = linalg.index 1 : index
    %2 = arith.index_cast %1 : index to i32
    %3 = arith.cmpf olt, %0, %s : f32
    %4 = arith.select %3, %0, %s : f32
    %5 = arith.select %3, %2, %i : i32
    linalg.yield %4, %5 : f32, i32
  } -> (tensor<4xf32>, tensor<4xi32>)
  program.yield %best#1, %p : tensor<4xi32>, tensor<4x5xf32>
}
//--- loose.mlir
program.kernel @k(%z: tensor<4x3xf32>, %c: tensor<3x5xf32>, %n: tensor<5xf32>) -> (tensor<4xi32>) attributes {form = #program.form<nearest_code, k = 2, m = 0, n = 1>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %inf = arith.constant 0x7F800000 : f32
  %none = arith.constant 0 : i32
  %pe = tensor.empty() : tensor<4x5xf32>
  %be = tensor.empty() : tensor<4xf32>
  %ie = tensor.empty() : tensor<4xi32>
  %pi = linalg.fill ins(%zero : f32) outs(%pe : tensor<4x5xf32>) -> tensor<4x5xf32>
  %bi = linalg.fill ins(%inf : f32) outs(%be : tensor<4xf32>) -> tensor<4xf32>
  %ii = linalg.fill ins(%none : i32) outs(%ie : tensor<4xi32>) -> tensor<4xi32>
  %p = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%z, %c : tensor<4x3xf32>, tensor<3x5xf32>) outs(%pi : tensor<4x5xf32>)
      attrs = {program.role = "root"} {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x5xf32>
  %best:2 = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m)>,
      affine_map<(m, n) -> (m)>], iterator_types = ["parallel", "reduction"]} ins(%p, %n : tensor<4x5xf32>, tensor<5xf32>)
      outs(%bi, %ii : tensor<4xf32>, tensor<4xi32>) attrs = {program.role = "choice"} {
  ^bb0(%x: f32, %y: f32, %s: f32, %i: i32):
    %0 = arith.subf %y, %x : f32
    %1 = linalg.index 1 : index
    %2 = arith.index_cast %1 : index to i32
    %3 = arith.cmpf olt, %0, %s : f32
    %4 = arith.select %3, %0, %s : f32
    %5 = arith.select %3, %2, %i : i32
    linalg.yield %4, %5 : f32, i32
  } -> (tensor<4xf32>, tensor<4xi32>)
  program.yield %best#1 : tensor<4xi32>
}
