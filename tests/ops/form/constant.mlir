// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: @values
// CHECK: vae.constant dense<5.000000e-01> : tensor<f32>
// CHECK: vae.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
func.func @values() -> (tensor<f32>, tensor<2xf32>) {
  %a = vae.constant dense<0.5> : tensor<f32>
  %b = vae.constant dense<[1.0, 2.0]> : tensor<2xf32>
  return %a, %b : tensor<f32>, tensor<2xf32>
}

// Scalars are computed in their own precision: 0.1 + 0.6 in f32.
// FOLD-LABEL: @scalars
// FOLD: vae.constant dense<-0.700000048> : tensor<f32>
func.func @scalars() -> tensor<f32> {
  %a = vae.constant dense<0.1> : tensor<f32>
  %b = vae.constant dense<0.6> : tensor<f32>
  %s = vae.add %a, %b : tensor<f32>, tensor<f32>
  %n = vae.neg %s : tensor<f32>
  return %n : tensor<f32>
}

// FOLD-LABEL: @neutral
// FOLD-SAME: %[[X:.*]]: tensor<4xf32>
// FOLD-NEXT: return %[[X]]
func.func @neutral(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = vae.constant dense<0.0> : tensor<f32>
  %one = vae.constant dense<1.0> : tensor<f32>
  %a = vae.add %x, %zero : tensor<4xf32>, tensor<f32>
  %s = vae.sub %a, %zero : tensor<4xf32>, tensor<f32>
  %m = vae.mul %one, %s : tensor<f32>, tensor<4xf32>
  %d = vae.div %m, %one : tensor<4xf32>, tensor<f32>
  %n = vae.neg %d : tensor<4xf32>
  %p = vae.neg %n : tensor<4xf32>
  return %p : tensor<4xf32>
}

// Where the neutral operand broadcasts the other, it does something.
// FOLD-LABEL: @broadcasts
// FOLD: vae.add
func.func @broadcasts(%x: tensor<f32>) -> tensor<4xf32> {
  %zeros = vae.constant dense<0.0> : tensor<4xf32>
  %y = vae.add %x, %zeros : tensor<f32>, tensor<4xf32>
  return %y : tensor<4xf32>
}
