// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --cse | FileCheck %s --check-prefix=CSE

// CHECK-LABEL: @state
// CHECK: vae.rng
// The state is one for a run, so two reads are one.
// CSE-LABEL: @state
// CSE: vae.rng
// CSE-NOT: vae.rng
func.func @state() -> (tensor<4xi32>, tensor<4xi32>) {
  %a = vae.rng
  %b = vae.rng
  return %a, %b : tensor<4xi32>, tensor<4xi32>
}
