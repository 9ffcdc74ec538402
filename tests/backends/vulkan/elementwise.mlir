// RUN: kernel-to-spirv %s | FileCheck %s
// RUN: kernel-to-spirv --grid %s | FileCheck %s --check-prefix=GRID

// Four elements a thread, arithmetic exact, sizes from push constants.
// CHECK-LABEL: spirv.module
// CHECK-SAME: requires #spirv.vce<v1.5, [Shader, SignedZeroInfNanPreserve, Matrix], []>
// CHECK: @__push_constant_var__ : !spirv.ptr<!spirv.struct<(!spirv.array<1 x i32, stride=4> [0])>, PushConstant>
// CHECK: bind(0, 0) {non_writable} : !spirv.ptr<!spirv.struct<(!spirv.rtarray<vector<4xf32>, stride=16> [0])>, StorageBuffer>
// CHECK: bind(0, 1) {non_writable} : !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0])>, StorageBuffer>
// CHECK: bind(0, 2) : !spirv.ptr<!spirv.struct<(!spirv.rtarray<vector<4xf32>, stride=16> [0])>, StorageBuffer>
// CHECK: spirv.FMul {{.*}} {no_contraction} : vector<4xf32>
// CHECK: spirv.FAdd {{.*}} {no_contraction} : vector<4xf32>
// CHECK: spirv.EntryPoint "GLCompute" @main
// CHECK: spirv.ExecutionMode @main "LocalSize", 128, 1, 1
// GRID: Elementwise [size0 / 1, 784 / 1; / 512] [] []
program.kernel @scale(%x: tensor<?x784xf32> {program.sizes = array<i64: 0, -1>}, %s: tensor<f32>, %d0: index)
    -> (tensor<?x784xf32> {program.sizes = array<i64: 0, -1>}) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %empty = tensor.empty(%d0) : tensor<?x784xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %s : tensor<?x784xf32>, tensor<f32>) outs(%empty : tensor<?x784xf32>)
      attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %r = arith.addf %m, %b : f32
    linalg.yield %r : f32
  } -> tensor<?x784xf32>
  program.yield %y : tensor<?x784xf32>
}

// A length that is no multiple of four, in place: scalars, one binding, no push constants.
// CHECK-LABEL: spirv.module
// CHECK-NOT: push_constant
// CHECK: bind(0, 0) : !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0])>, StorageBuffer>
// CHECK-NOT: bind(
// CHECK: spirv.FSub {{.*}} {no_contraction} : f32
// CHECK: spirv.GL.Sqrt
// CHECK: spirv.FDiv {{.*}} {no_contraction} : f32
// GRID: Elementwise [33 / 1; / 512] [] []
program.kernel @tied(%x: tensor<33xf32>) -> tensor<33xf32> attributes {form = #program.form<elementwise>, ties = array<i64: 0>} {
  %empty = tensor.empty() : tensor<33xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<33xf32>) outs(%empty : tensor<33xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    %one = arith.constant 1.0 : f32
    %s = arith.subf %one, %a : f32
    %q = math.sqrt %s : f32
    %r = arith.divf %one, %q : f32
    linalg.yield %r : f32
  } -> tensor<33xf32>
  program.yield %y : tensor<33xf32>
}

// Two views of one binding: a quad and a lookup. Both carry Aliased.
// CHECK-LABEL: spirv.module
// CHECK: bind(0, 0) {aliased} : {{.*}}rtarray<f32, stride=4>
// CHECK: bind(0, 0) {aliased} : {{.*}}rtarray<vector<4xf32>, stride=16>
// GRID: Elementwise [8 / 1; / 512] [] []
program.kernel @lookup(%x: tensor<8xf32>) -> tensor<8xf32> attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %empty = tensor.empty() : tensor<8xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%empty : tensor<8xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    %i = linalg.index 0 : index
    %seven = arith.constant 7 : index
    %j = arith.subi %seven, %i : index
    %b = tensor.extract %x[%j] : tensor<8xf32>
    %r = arith.addf %a, %b : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  program.yield %y : tensor<8xf32>
}
