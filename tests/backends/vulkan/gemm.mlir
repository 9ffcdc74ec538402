// RUN: kernel-to-spirv %s | FileCheck %s
// RUN: kernel-to-spirv --grid %s | FileCheck %s --check-prefix=GRID

// The contraction is Fma only; the bias is added exactly.
// CHECK-LABEL: spirv.module
// CHECK: spirv.mlir.loop
// CHECK-NOT: spirv.FMul
// CHECK-NOT: spirv.FAdd
// CHECK: spirv.GL.Fma {{.*}} : vector<4xf32>
// CHECK-NOT: spirv.FMul
// CHECK: spirv.mlir.merge
// CHECK: spirv.FAdd {{.*}} {no_contraction} : vector<4xf32>
// CHECK: spirv.ExecutionMode @main "LocalSize", 8, 8, 1
// GRID: Gemm [512 / 64] [size0 / 32] []
program.kernel @linear(%x: tensor<?x784xf32> {program.sizes = array<i64: 0, -1>}, %w: tensor<512x784xf32> {program.layout = #program.layout<panels32>},
    %b: tensor<512xf32>, %d0: index) -> (tensor<?x512xf32> {program.sizes = array<i64: 0, -1>}) attributes {form = #program.form<gemm, k = 2, m = 0, n = 1>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%d0) : tensor<?x512xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x512xf32>) -> tensor<?x512xf32>
  %acc = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<?x784xf32>, tensor<512x784xf32>)
      outs(%init : tensor<?x512xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %c: f32, %s: f32):
    %t = arith.mulf %a, %c : f32
    %u = arith.addf %s, %t : f32
    linalg.yield %u : f32
  } -> tensor<?x512xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]} ins(%acc, %b : tensor<?x512xf32>, tensor<512xf32>) outs(%empty : tensor<?x512xf32>)
      attrs = {program.role = "epilogue"} {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %s = arith.addf %a, %c : f32
    linalg.yield %s : f32
  } -> tensor<?x512xf32>
  program.yield %y : tensor<?x512xf32>
}
