// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --vae-decompose --canonicalize | FileCheck %s --check-prefix=MEANING

// CHECK-LABEL: @clip
// CHECK: vae.clip_norm %{{.*}} : (tensor<8xf32>, tensor<f32>, tensor<f32>) -> (tensor<8xf32>, tensor<f32>)
// MEANING-LABEL: @clip
// MEANING-SAME: %[[A:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<f32>, %[[MAX:.*]]: tensor<f32>)
// MEANING-DAG: %[[ONE:.*]] = vae.constant dense<1.000000e+00>
// MEANING-DAG: %[[EPS:.*]] = vae.constant dense<9.99999997E-7>
// MEANING: %[[AA:.*]] = vae.square %[[A]]
// MEANING: %[[SUM:.*]] = vae.sum %[[AA]]
// MEANING: %[[BB:.*]] = vae.square %[[B]]
// MEANING: %[[TOTAL:.*]] = vae.add %[[SUM]], %[[BB]]
// MEANING: %[[NORM:.*]] = vae.sqrt %[[TOTAL]]
// MEANING: %[[SAFE:.*]] = vae.add %[[NORM]], %[[EPS]]
// MEANING: %[[RATIO:.*]] = vae.div %[[MAX]], %[[SAFE]]
// MEANING: %[[FACTOR:.*]] = vae.min %[[RATIO]], %[[ONE]]
// MEANING: vae.mul %[[A]], %[[FACTOR]]
// MEANING: vae.mul %[[B]], %[[FACTOR]]
func.func @clip(%a: tensor<8xf32>, %b: tensor<f32>, %max: tensor<f32>) -> (tensor<8xf32>, tensor<f32>) {
  %c, %d = vae.clip_norm %a, %b, %max : (tensor<8xf32>, tensor<f32>, tensor<f32>) -> (tensor<8xf32>, tensor<f32>)
  return %c, %d : tensor<8xf32>, tensor<f32>
}
