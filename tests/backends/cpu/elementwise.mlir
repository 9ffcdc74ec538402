// A chain of multiply and add stays two roundings, in whole vectors with one masked tail.
// RUN: kernel-to-code %s --target=x86-64-v4 --emit=asm | FileCheck %s --check-prefixes=CHECK,V4
// RUN: kernel-to-code %s --target=x86-64-v3 --emit=asm | FileCheck %s --check-prefixes=CHECK,V3
program.kernel @chain(%x: tensor<?x20xf32> {program.sizes = array<i64: 0, -1>}, %y: tensor<?x20xf32> {program.sizes = array<i64: 0, -1>}, %d0: index)
    -> (tensor<?x20xf32> {program.sizes = array<i64: 0, -1>}) attributes {form = #program.form<elementwise>, ties = array<i64: 0>} {
  %empty = tensor.empty(%d0) : tensor<?x20xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %y : tensor<?x20xf32>, tensor<?x20xf32>) outs(%empty : tensor<?x20xf32>)
      attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %p, %a : f32
    linalg.yield %s : f32
  } -> tensor<?x20xf32>
  program.yield %r : tensor<?x20xf32>
}
// CHECK-LABEL: vae_chain.body:
// CHECK-NOT: vfmadd
// V4: vmulps {{.*}}%zmm
// V3: vmulps {{.*}}%ymm
// CHECK-NOT: vfmadd
// V4: vaddps {{.*}}%zmm
// V3: vaddps {{.*}}%ymm
// CHECK-NOT: vfmadd
// V4: vmovups {{.*}}{%k
// V3: vmaskmovps
// CHECK-NOT: vfmadd
// CHECK-LABEL: vae_chain:
// CHECK-NOT: vfmadd
