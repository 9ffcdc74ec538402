// RUN: vae-opt %s | vae-opt | FileCheck %s

// CHECK-LABEL: @place
// CHECK: vae.put %{{.*}}, %{{.*}} at %{{.*}}, %{{.*}} {axes = array<i64: 1, 2>, begin = #program.shape<0>}
func.func @place(%x: tensor<?x4x5xi32, #program.shape<"B", 4, 5>>, %v: tensor<?xi32, #program.shape<"B">>, %i: tensor<i32>, %j: tensor<i32>)
    -> tensor<?x4x5xi32, #program.shape<"B", 4, 5>> {
  %y = vae.put %x, %v at %i, %j {axes = array<i64: 1, 2>, begin = #program.shape<0>}
    : (tensor<?x4x5xi32, #program.shape<"B", 4, 5>>, tensor<?xi32, #program.shape<"B">>, tensor<i32>, tensor<i32>) -> tensor<?x4x5xi32, #program.shape<"B", 4, 5>>
  return %y : tensor<?x4x5xi32, #program.shape<"B", 4, 5>>
}

// CHECK-LABEL: @stretch
// CHECK: vae.put %{{.*}}, %{{.*}} {axes = array<i64>, begin = #program.shape<0, 3>}
func.func @stretch(%x: tensor<4x8xf32>, %v: tensor<4x2xf32>) -> tensor<4x8xf32> {
  %y = vae.put %x, %v {axes = array<i64>, begin = #program.shape<0, 3>} : (tensor<4x8xf32>, tensor<4x2xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
