// RUN: vae-opt --vae-verify-stage=stage=vae --verify-diagnostics --split-input-file %s
// RUN: not vae-opt --vae-verify-stage=stage=vae --split-input-file %s 2>&1 | FileCheck %s
// RUN: not vae-opt --vae-verify-stage=stage=grad --split-input-file %s 2>&1 | FileCheck %s --check-prefix=GRAD
// RUN: not vae-opt --vae-verify-stage=stage=fused --split-input-file %s 2>&1 | FileCheck %s --check-prefix=FUSED
// RUN: not vae-opt --vae-verify-stage=stage=kernels --split-input-file %s 2>&1 | FileCheck %s --check-prefix=KERNELS
// RUN: not vae-opt --vae-verify-stage=stage=plan --split-input-file %s 2>&1 | FileCheck %s --check-prefix=PLAN
// RUN: not vae-opt --vae-verify-stage=stage=tea %s 2>&1 | FileCheck %s --check-prefix=STAGE
// STAGE: unknown stage `tea`; known: vae, grad, fused, kernels, plan

// Everything as written is fine at first.
// GRAD: `vae.linear` remains after stage `grad`
// KERNELS: `vae.linear` remains after stage `kernels`
// PLAN: `func.func` remains after stage `plan`
func.func @layer(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>) -> tensor<4x16xf32> {
  %y = vae.linear %x, %w : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
  return %y : tensor<4x16xf32>
}
func.func @caller(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>) -> tensor<4x16xf32> {
  %y = call @layer(%x, %w) : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
  return %y : tensor<4x16xf32>
}

// -----

// CHECK: `vae.group` remains after stage `vae`
func.func @group(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@below {{`vae.group` remains after stage `vae`}}
  %y = vae.group {
    %s = vae.silu %x : tensor<4xf32>
    vae.yield %s : tensor<4xf32>
  } : tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// FUSED: `vae.silu` remains after stage `fused`
func.func @loose(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = vae.silu %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
