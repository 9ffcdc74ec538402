// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --vae-decompose --canonicalize | FileCheck %s --check-prefix=MEANING

// CHECK-LABEL: @clip
// CHECK: vae.clip_norm %{{.*}} : (tensor<8xf32>, tensor<f32>, tensor<f32>) -> (tensor<8xf32>, tensor<f32>)
// MEANING-LABEL: @clip
// MEANING-SAME: %[[A:.*]]: tensor<8xf32>, %[[B:.*]]: tensor<f32>, %[[MAX:.*]]: tensor<f32>)
// MEANING-DAG: %[[ONE:.*]] = vae.constant dense<1.000000e+00>
// MEANING-DAG: %[[TINY:.*]] = vae.constant dense<8.27180613E-25>
// MEANING-DAG: %[[HUGE:.*]] = vae.constant dense<1.20892582E+24>
// MEANING-DAG: %[[INFINITY:.*]] = vae.constant dense<0x7F800000>
// MEANING-DAG: %[[MILLIONTH:.*]] = vae.constant dense<9.99999997E-7>
// MEANING: %[[AA:.*]] = vae.square %[[A]]
// MEANING: %[[SUM:.*]] = vae.sum %[[AA]]
// MEANING: %[[BB:.*]] = vae.square %[[B]]
// MEANING: %[[TOTAL:.*]] = vae.add %[[SUM]], %[[BB]]
// MEANING: %[[SMALL:.*]] = vae.mul %[[A]], %[[TINY]]
// MEANING: vae.square %[[SMALL]]
// MEANING: %[[REST:.*]] = vae.add
// MEANING: %[[FITS:.*]] = vae.less %[[TOTAL]], %[[INFINITY]]
// MEANING: %[[SCALE:.*]] = vae.where %[[FITS]], %[[ONE]], %[[TINY]]
// MEANING: %[[MOST:.*]] = vae.where %[[FITS]], %[[ONE]], %[[HUGE]]
// MEANING-DAG: %[[CHOSEN:.*]] = vae.where %[[FITS]], %[[TOTAL]], %[[REST]]
// MEANING-DAG: %[[NORM:.*]] = vae.sqrt %[[CHOSEN]]
// MEANING-DAG: %[[EPS:.*]] = vae.mul %[[SCALE]], %[[MILLIONTH]]
// MEANING: %[[SAFE:.*]] = vae.add %[[NORM]], %[[EPS]]
// MEANING: %[[RATIO:.*]] = vae.div %[[MAX]], %[[SAFE]]
// MEANING: %[[FACTOR:.*]] = vae.min %[[RATIO]], %[[MOST]]
// MEANING: %[[A2:.*]] = vae.mul %[[A]], %[[SCALE]]
// MEANING: vae.mul %[[A2]], %[[FACTOR]]
// MEANING: %[[B2:.*]] = vae.mul %[[B]], %[[SCALE]]
// MEANING: vae.mul %[[B2]], %[[FACTOR]]
func.func @clip(%a: tensor<8xf32>, %b: tensor<f32>, %max: tensor<f32>) -> (tensor<8xf32>, tensor<f32>) {
  %c, %d = vae.clip_norm %a, %b, %max : (tensor<8xf32>, tensor<f32>, tensor<f32>) -> (tensor<8xf32>, tensor<f32>)
  return %c, %d : tensor<8xf32>, tensor<f32>
}
