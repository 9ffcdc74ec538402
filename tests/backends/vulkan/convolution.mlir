// RUN: kernel-to-spirv %s | FileCheck %s
// RUN: kernel-to-spirv --grid %s | FileCheck %s --check-prefix=GRID

// What the loop over k carries out starts before it. In the loop no index is split into tap and channel; sides are stored
// between barriers, and the innermost loop reads shared memory alone.
// CHECK-LABEL: spirv.module
// CHECK: spirv.Store "Function" %{{.*}}, %[[ZERO:.*]] : vector<4xf32>
// CHECK: spirv.mlir.loop
// CHECK-NOT: spirv.UMod
// CHECK: spirv.ControlBarrier
// CHECK: spirv.Store "Workgroup"
// CHECK: spirv.ControlBarrier
// CHECK-NOT: spirv.UMod
// CHECK: spirv.mlir.loop
// CHECK: spirv.Load "Workgroup"
// CHECK-NOT: spirv.Load "StorageBuffer"
// CHECK: spirv.GL.Fma {{.*}} : vector<4xf32>
// CHECK: spirv.mlir.merge
// CHECK: spirv.ExecutionMode @main "LocalSize", 128, 1, 1
// GRID: Direct [128 / 64] [size0 / 1, size1 / 1, size2 / 1; / 128] [1 / 1]
program.kernel @plain(%x: tensor<?x?x?x32xf32> {program.sizes = array<i64: 0, 1, 2, -1>}, %w: tensor<1x8x3x3x32x16xf32>, %d0: index, %d1: index, %d2: index)
    -> (tensor<?x?x?x128xf32> {program.sizes = array<i64: 0, 1, 2, -1>}) attributes {form = #program.form<convolution>, ties = array<i64: -1>} {
  %e = tensor.empty(%d0, %d1, %d2) : tensor<?x?x?x128xf32>
  %y = program.convolution %x, %w into %e rows <3, 1, 1, -1> columns <3, 1, 1, -1>
      : (tensor<?x?x?x32xf32>, tensor<1x8x3x3x32x16xf32>, tensor<?x?x?x128xf32>) -> tensor<?x?x?x128xf32>
  program.yield %y : tensor<?x?x?x128xf32>
}

// A transposed convolution: four phases, each of a quarter of the 14 x 14 outputs; two groups.
// CHECK-LABEL: spirv.module
// GRID: Direct [3 / 4] [size0 / 1, 14 / 2, 14 / 2; / 128] [8 / 1]
program.kernel @transposed(%x: tensor<?x7x7x8xf32> {program.sizes = array<i64: 0, -1, -1, -1>}, %w: tensor<2x1x4x4x4x16xf32>, %d0: index)
    -> (tensor<?x14x14x6xf32> {program.sizes = array<i64: 0, -1, -1, -1>}) attributes {form = #program.form<convolution>, ties = array<i64: -1>} {
  %e = tensor.empty(%d0) : tensor<?x14x14x6xf32>
  %y = program.convolution %x, %w into %e rows <4, 1, -1, 1, 2, exact> columns <4, 1, -1, 1, 2, exact>
      : (tensor<?x7x7x8xf32>, tensor<2x1x4x4x4x16xf32>, tensor<?x14x14x6xf32>) -> tensor<?x14x14x6xf32>
  program.yield %y : tensor<?x14x14x6xf32>
}

// CHECK-LABEL: spirv.module
// CHECK: spirv.ExecutionMode @main "LocalSize", 128, 1, 1
// GRID: FilterGradient [4 / 1] [9 / 1] [1 / 1]
program.kernel @gradient(%g: tensor<?x7x7x128xf32> {program.sizes = array<i64: 0, -1, -1, -1>}, %x: tensor<?x7x7x32xf32> {program.sizes = array<i64: 0, -1, -1, -1>},
    %d0: index) -> (tensor<1x3x3x32x128xf32>) attributes {form = #program.form<filter_gradient>, ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<1x3x3x32x128xf32>
  %d = program.filter_gradient %g, %x into %e rows <3, 1, 1, -1> columns <3, 1, 1, -1>
      : (tensor<?x7x7x128xf32>, tensor<?x7x7x32xf32>, tensor<1x3x3x32x128xf32>) -> tensor<1x3x3x32x128xf32>
  program.yield %d : tensor<1x3x3x32x128xf32>
}
