// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD
// RUN: vae-opt %s --vae-decompose | FileCheck %s --check-prefix=MEANS

// Three steps: 1, 2 and 4 back.
// CHECK-LABEL: @rows
// CHECK: vae.cumprod %{{.*}} {axis = 1 : i64} : (tensor<?x7xf32, #program.shape<"B", 7>>) -> tensor<?x7xf32, #program.shape<"B", 7>>
// MEANS-LABEL: @rows
// MEANS-COUNT-3: vae.mul
// MEANS-NOT: vae.mul
// MEANS: return
func.func @rows(%x: tensor<?x7xf32, #program.shape<"B", 7>>) -> tensor<?x7xf32, #program.shape<"B", 7>> {
  %y = vae.cumprod %x {axis = 1 : i64} : (tensor<?x7xf32, #program.shape<"B", 7>>) -> tensor<?x7xf32, #program.shape<"B", 7>>
  return %y : tensor<?x7xf32, #program.shape<"B", 7>>
}

// FOLD-LABEL: @constants
// FOLD-NEXT: vae.constant dense<[2.000000e+00, 6.000000e+00, 3.000000e+00]>
// FOLD-NEXT: return
func.func @constants() -> tensor<3xf32> {
  %x = vae.constant dense<[1.0, 2.0, -0.5]> : tensor<3xf32>
  %one = vae.constant dense<1.0> : tensor<f32>
  %z = vae.add %x, %one : tensor<3xf32>, tensor<f32>
  %y = vae.cumprod %z : (tensor<3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}
