// Lanes that read neighbours in memory, or every second element, load vectors: here an index that is halved, whose lanes come in two phases,
// and is beyond the first element. A lane that reads nothing stays zero.
// RUN: kernel-to-code %s --target=x86-64-v4 --emit=asm | FileCheck %s
// RUN: kernel-to-code %s --target=x86-64-v3 --emit=asm | FileCheck %s
program.kernel @halved(%x: tensor<?x?xf32> {program.sizes = array<i64: 0, 1>}, %d0: index, %d1: index, %d2: index)
    -> (tensor<?x?xf32> {program.sizes = array<i64: 0, 2>}) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %empty = tensor.empty(%d0, %d2) : tensor<?x?xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%empty : tensor<?x?xf32>)
      attrs = {program.role = "root"} {
  ^bb0(%o: f32):
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %two = arith.constant 2 : i32
    %nothing = arith.constant 0.0 : f32
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %n = arith.index_cast %j : index to i32
    %length = arith.index_cast %d1 : index to i32
    %next = arith.addi %n, %one : i32
    %half = arith.divui %next, %two : i32
    %before = arith.subi %half, %one : i32
    %inside = arith.cmpi ult, %before, %length : i32
    %at = arith.select %inside, %before, %zero : i32
    %index = arith.index_cast %at : i32 to index
    %element = tensor.extract %x[%i, %index] : tensor<?x?xf32>
    %result = arith.select %inside, %element, %nothing : f32
    linalg.yield %result : f32
  } -> tensor<?x?xf32>
  program.yield %r : tensor<?x?xf32>
}
// CHECK-LABEL: vae_halved.body:
// CHECK-NOT: vgather
// CHECK-LABEL: vae_halved:
