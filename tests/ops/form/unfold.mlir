// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --vae-form-groups --vae-outline-kernels | FileCheck %s --check-prefix=KERNEL

// CHECK-LABEL: @windows
// CHECK: vae.unfold %{{.*}} to <3, 2> {dilation = array<i64: 1, 1>, groups = 2 : i64, kernel = array<i64: 3, 2>, padding = array<i64: 1, 0>, stride = array<i64: 2, 2>}
// The windows' matrix is the product's prologue and never stored.
// KERNEL: program.kernel
// KERNEL-SAME: tensor<?x4x5x4xf32>
// KERNEL: program.role = "prologue"
// KERNEL: arith.select
// KERNEL: program.role = "root"
func.func @windows(%x: tensor<?x4x5x4xf32, #program.shape<"B", 4, 5, 4>>, %w: tensor<2x3x12xf32>) -> tensor<?x2x3x6xf32, #program.shape<"B", 2, 3, 6>> {
  %u = vae.unfold %x to <3, 2> {kernel = array<i64: 3, 2>, stride = array<i64: 2, 2>, padding = array<i64: 1, 0>, dilation = array<i64: 1, 1>, groups = 2 : i64}
      : (tensor<?x4x5x4xf32, #program.shape<"B", 4, 5, 4>>) -> tensor<?x2x12x6xf32, #program.shape<"B", 2, 12, 6>>
  %y = vae.matmul %w, %u : (tensor<2x3x12xf32>, tensor<?x2x12x6xf32, #program.shape<"B", 2, 12, 6>>) -> tensor<?x2x3x6xf32, #program.shape<"B", 2, 3, 6>>
  return %y : tensor<?x2x3x6xf32, #program.shape<"B", 2, 3, 6>>
}

// CHECK-LABEL: @spread
// CHECK: vae.unfold %{{.*}} to <8, 8> {{.*}}transposed = true
func.func @spread(%x: tensor<2x3x4x4xf32>) -> tensor<2x1x48x64xf32> {
  %u = vae.unfold %x to <8, 8> {kernel = array<i64: 4, 4>, stride = array<i64: 2, 2>, padding = array<i64: 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64, transposed = true}
      : (tensor<2x3x4x4xf32>) -> tensor<2x1x48x64xf32>
  return %u : tensor<2x1x48x64xf32>
}
