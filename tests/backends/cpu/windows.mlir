// Elements that are neighbours in memory, or every second one, are loaded as vectors: no gather where an index is shifted, halved, or the
// windows of a picture are packed.
// RUN: kernel-to-code %s --target=x86-64-v4 --emit=asm | FileCheck %s
// RUN: kernel-to-code %s --target=x86-64-v3 --emit=asm | FileCheck %s
program.kernel @windows(%arg0: tensor<1x4x48xf32>, %arg1: tensor<?x3x?x?xf32> {program.sizes = array<i64: 3, -1, 1, 2>}, %arg2: index, %arg3: index, %arg4: index, %arg5: index, %arg6: index) -> (tensor<?x1x4x?xf32> {program.sizes = array<i64: 3, -1, -1, 4>}) attributes {ties = array<i64: -1>} {
  %0 = tensor.empty(%arg5, %arg6) : tensor<?x1x48x?xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%0 : tensor<?x1x48x?xf32>) attrs =  {program.role = "prologue"} {
  ^bb0(%out: f32):
    %5 = linalg.index 2 : index
    %6 = arith.index_cast %5 : index to i32
    %c16_i32 = arith.constant 16 : i32
    %7 = arith.divui %6, %c16_i32 : i32
    %8 = arith.muli %7, %c16_i32 : i32
    %9 = arith.subi %6, %8 : i32
    %c4_i32 = arith.constant 4 : i32
    %10 = arith.divui %9, %c4_i32 : i32
    %11 = arith.muli %10, %c4_i32 : i32
    %12 = arith.subi %9, %11 : i32
    %13 = linalg.index 3 : index
    %14 = arith.index_cast %13 : index to i32
    %15 = arith.index_cast %arg2 : index to i32
    %16 = arith.divui %14, %15 : i32
    %17 = arith.muli %16, %15 : i32
    %18 = arith.subi %14, %17 : i32
    %19 = arith.index_cast %arg3 : index to i32
    %c2_i32 = arith.constant 2 : i32
    %20 = arith.muli %16, %c2_i32 : i32
    %21 = arith.addi %20, %10 : i32
    %c-1_i32 = arith.constant -1 : i32
    %22 = arith.addi %21, %c-1_i32 : i32
    %23 = arith.cmpi ult, %22, %19 : i32
    %c0_i32 = arith.constant 0 : i32
    %24 = arith.select %23, %22, %c0_i32 : i32
    %25 = arith.index_cast %24 : i32 to index
    %26 = arith.index_cast %arg4 : index to i32
    %27 = arith.muli %18, %c2_i32 : i32
    %28 = arith.addi %27, %12 : i32
    %29 = arith.addi %28, %c-1_i32 : i32
    %30 = arith.cmpi ult, %29, %26 : i32
    %31 = arith.select %30, %29, %c0_i32 : i32
    %32 = arith.index_cast %31 : i32 to index
    %33 = linalg.index 0 : index
    %34 = arith.index_cast %7 : i32 to index
    %extracted = tensor.extract %arg1[%33, %34, %25, %32] : tensor<?x3x?x?xf32>
    %cst_0 = arith.constant 0.000000e+00 : f32
    %35 = arith.andi %23, %30 : i1
    %36 = arith.select %35, %extracted, %cst_0 : f32
    linalg.yield %36 : f32
  } -> tensor<?x1x48x?xf32>
  %cst = arith.constant 0.000000e+00 : f32
  %2 = tensor.empty(%arg5, %arg6) : tensor<?x1x4x?xf32>
  %3 = linalg.fill ins(%cst : f32) outs(%2 : tensor<?x1x4x?xf32>) -> tensor<?x1x4x?xf32>
  %4 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4) -> (d1, d2, d4)>, affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d4, d3)>, affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]} ins(%arg0, %1 : tensor<1x4x48xf32>, tensor<?x1x48x?xf32>) outs(%3 : tensor<?x1x4x?xf32>) attrs =  {program.role = "root"} {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %5 = arith.mulf %in, %in_0 : f32
    %6 = arith.addf %out, %5 : f32
    linalg.yield %6 : f32
  } -> tensor<?x1x4x?xf32>
  program.yield %4 : tensor<?x1x4x?xf32>
}
// CHECK-LABEL: vae_windows.body:
// CHECK-NOT: vgather
// CHECK: vfmadd
// CHECK-NOT: vgather
// CHECK-LABEL: vae_windows:
