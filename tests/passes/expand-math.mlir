// RUN: vae-opt --vae-expand-math %s | FileCheck %s

#id = affine_map<(d0) -> (d0)>

// The numbers are tested in ExpandMath_test.cpp. Here: nothing transcendental and no fused multiply-add is left, and equal constants are one.
// CHECK-LABEL: program.kernel @all
// CHECK: linalg.generic
// CHECK-NOT: {{math\.(exp|log|tanh|erf|sin|cos|powf|ceil|round|fma)}}
// CHECK: math.sqrt
// CHECK: math.absf
// CHECK: linalg.yield
program.kernel @all(%x: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<8xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"], program.role = "root"} ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = math.exp %a : f32
    %1 = math.expm1 %0 : f32
    %2 = math.log %1 : f32
    %3 = math.log1p %2 : f32
    %4 = math.tanh %3 : f32
    %5 = math.erf %4 : f32
    %s = math.sin %5 : f32
    %c = math.cos %s : f32
    %p = math.powf %c, %a : f32
    %u = math.ceil %p : f32
    %r = math.roundeven %u : f32
    %6 = math.sqrt %r : f32
    %7 = math.absf %6 : f32
    linalg.yield %7 : f32
  } -> tensor<8xf32>
  program.yield %y : tensor<8xf32>
}

// What every device computes exactly stays; what is written twice is computed once.
// CHECK-LABEL: program.kernel @exact
// CHECK: ^bb0(%[[A:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[A]], %[[A]]
// CHECK-NEXT: %[[F:.*]] = math.floor %[[S]]
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[F]], %[[S]]
// CHECK-NEXT: linalg.yield %[[P]]
program.kernel @exact(%x: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<8xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"], program.role = "root"} ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %a : f32
    %1 = math.floor %0 : f32
    %2 = arith.addf %a, %a : f32
    %3 = arith.mulf %1, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<8xf32>
  program.yield %y : tensor<8xf32>
}

// Powers by the usual numbers are products and quotients.
// CHECK-LABEL: program.kernel @powers
// CHECK: ^bb0(%[[A:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[S:.*]] = arith.mulf %[[A]], %[[A]]
// CHECK: %[[C:.*]] = arith.mulf %[[S]], %[[A]]
// CHECK: %[[I:.*]] = arith.divf %{{.*}}, %[[A]]
// CHECK: linalg.yield
program.kernel @powers(%x: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<8xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"], program.role = "root"} ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %three = arith.constant 3.0 : f32
    %less = arith.constant -1.0 : f32
    %one = arith.constant 1.0 : f32
    %0 = math.powf %a, %three : f32
    %1 = math.powf %a, %less : f32
    %2 = math.powf %1, %one : f32
    %3 = arith.addf %0, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<8xf32>
  program.yield %y : tensor<8xf32>
}

// Drivers fold products and quotients with a zero that they know: they are chosen, with the sign of the other operand.
// CHECK-LABEL: program.kernel @zeros
// CHECK-NOT: {{arith\.(mulf|divf)}}
// CHECK: arith.divf
// CHECK: linalg.yield
program.kernel @zeros(%x: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<8xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"], program.role = "root"} ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %zero = arith.constant 0.0 : f32
    %0 = arith.mulf %a, %zero : f32
    %1 = arith.divf %0, %zero : f32
    %2 = arith.divf %zero, %1 : f32
    %3 = arith.divf %2, %a : f32
    linalg.yield %3 : f32
  } -> tensor<8xf32>
  program.yield %y : tensor<8xf32>
}
