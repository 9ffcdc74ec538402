// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --vae-form-groups --vae-outline-kernels | FileCheck %s --check-prefix=KERNEL

// CHECK-LABEL: @overlap
// CHECK: vae.fold %{{.*}} from <"H", 4> to <"2*H", 8> {kernel = array<i64: 4, 3>, padding = array<i64: 1, 1>, stride = array<i64: 2, 2>}
// What follows a fold runs with it, in one kernel.
// KERNEL: program.kernel @{{.*}}fold_relu
// KERNEL-COUNT-4: tensor.extract
// KERNEL-NOT: tensor.extract
// KERNEL-NOT: program.kernel
func.func @overlap(%x: tensor<?x2x36x?xf32, #program.shape<"B", 2, 36, "4*H">>) -> tensor<?x6x?x8xf32, #program.shape<"B", 6, "2*H", 8>> {
  %y = vae.fold %x from <"H", 4> to <"2*H", 8> {kernel = array<i64: 4, 3>, stride = array<i64: 2, 2>, padding = array<i64: 1, 1>}
      : (tensor<?x2x36x?xf32, #program.shape<"B", 2, 36, "4*H">>) -> tensor<?x6x?x8xf32, #program.shape<"B", 6, "2*H", 8>>
  %z = vae.relu %y : tensor<?x6x?x8xf32, #program.shape<"B", 6, "2*H", 8>>
  return %z : tensor<?x6x?x8xf32, #program.shape<"B", 6, "2*H", 8>>
}
