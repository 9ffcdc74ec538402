// RUN: kernel-to-spirv %s | FileCheck %s
// RUN: kernel-to-spirv --grid %s | FileCheck %s --check-prefix=GRID

// A sum of squares over a whole tensor: one workgroup, parts in quads, joined through workgroup memory. Square and sum stay apart.
// CHECK-LABEL: spirv.module
// CHECK: !spirv.ptr<!spirv.struct<(!spirv.array<256 x f32>)>, Workgroup>
// CHECK: spirv.FMul {{.*}} {no_contraction} : vector<4xf32>
// CHECK: spirv.FAdd {{.*}} {no_contraction} : vector<4xf32>
// CHECK-NOT: spirv.GL.Fma
// CHECK-COUNT-9: spirv.ControlBarrier <Workgroup>, <Workgroup>, <AcquireRelease|WorkgroupMemory>
// CHECK-NOT: spirv.ControlBarrier
// CHECK: spirv.ExecutionMode @main "LocalSize", 256, 1, 1
// GRID: Reduction [] [] []
program.kernel @total(%x: tensor<?x784xf32> {program.sizes = array<i64: 0, -1>}, %d0: index) -> tensor<f32> attributes {form = #program.form<reduction>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<f32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<f32>) -> tensor<f32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>], iterator_types = ["reduction", "reduction"]}
      ins(%x : tensor<?x784xf32>) outs(%init : tensor<f32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %s: f32):
    %q = arith.mulf %a, %a : f32
    %r = arith.addf %s, %q : f32
    linalg.yield %r : f32
  } -> tensor<f32>
  program.yield %y : tensor<f32>
}

// Few steps: one thread an output, no workgroup memory.
// CHECK-LABEL: spirv.module
// CHECK-NOT: Workgroup>
// CHECK-NOT: spirv.ControlBarrier
// GRID: Reduction [size0 / 1; / 128] [] []
program.kernel @rows(%x: tensor<?x20xf32> {program.sizes = array<i64: 0, -1>}, %d0: index) -> (tensor<?xf32> {program.sizes = array<i64: 0>})
    attributes {form = #program.form<reduction>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%d0) : tensor<?xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?xf32>) -> tensor<?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x20xf32>) outs(%init : tensor<?xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %s: f32):
    %r = arith.addf %s, %a : f32
    linalg.yield %r : f32
  } -> tensor<?xf32>
  program.yield %y : tensor<?xf32>
}
