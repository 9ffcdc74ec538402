// A product with panels: 12 x 32 and 4 x 32 tiles in zmm registers, 6 x 16 and 4 x 16 in ymm, no spills in the inner loop, masks only at the end.
// RUN: kernel-to-code %s --target=x86-64-v4 --emit=llvm | FileCheck %s --check-prefix=V4
// RUN: kernel-to-code %s --target=x86-64-v4 --emit=asm | FileCheck %s --check-prefix=ASM
// RUN: kernel-to-code %s --target=x86-64-v3 --emit=asm | FileCheck %s --check-prefix=V3
program.kernel @gemm(%x: tensor<?x64xf32> {program.sizes = array<i64: 0, -1>}, %w: tensor<500x64xf32> {program.layout = #program.layout<panels32>}, %d0: index)
    -> (tensor<?x500xf32> {program.sizes = array<i64: 0, -1>}) attributes {form = #program.form<gemm, k = 2, m = 0, n = 1>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%d0) : tensor<?x500xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x500xf32>) -> tensor<?x500xf32>
  %acc = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<?x64xf32>, tensor<500x64xf32>) outs(%init : tensor<?x500xf32>)
      attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<?x500xf32>
  program.yield %acc : tensor<?x500xf32>
}
// Four of the small tile, twelve of the full one.
// V4-LABEL: define internal void @vae_gemm.body(ptr noalias align 64
// V4-COUNT-16: call <32 x float> @llvm.fmuladd.v32f32
// V4-NOT: fmuladd
// V4: call void @llvm.masked.store.v32f32
// V4-LABEL: define void @vae_gemm(ptr %0, i64 %1, i64 %2, ptr %3)
// ASM-LABEL: vae_gemm.body:
// ASM: vbroadcastss ({{.*}}), %zmm
// ASM-COUNT-32: vfmadd231ps {{.*}}%zmm
// ASM-NOT: vfmadd
// ASM: vmovups {{.*}}{%k
// V3-LABEL: vae_gemm.body:
// V3-NOT: zmm
// V3-COUNT-20: vfmadd231ps {{.*}}%ymm
// V3-NOT: vfmadd
// V3: vmaskmovps
