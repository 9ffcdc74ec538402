// RUN: vae-opt %s | vae-opt | FileCheck %s
// RUN: vae-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: @symbolic
// CHECK: vae.reshape %{{.*}} to <"B", "3*H">
func.func @symbolic(%x: tensor<?x3x?xf32, #program.shape<"B", 3, "H">>) -> tensor<?x?xf32, #program.shape<"B", "3*H">> {
  %y = vae.reshape %x to <"B", "3*H"> : (tensor<?x3x?xf32, #program.shape<"B", 3, "H">>) -> tensor<?x?xf32, #program.shape<"B", "3*H">>
  return %y : tensor<?x?xf32, #program.shape<"B", "3*H">>
}

// A size that was rounded down is a fraction where that is whole, and the other way round.
// CHECK-LABEL: @rounded
// CHECK: vae.reshape %{{.*}} to <"H/2">
// CHECK: vae.reshape %{{.*}} to <"floor(H/2)">
func.func @rounded(%x: tensor<?xf32, #program.shape<"floor(H/2)">>, %y: tensor<?xf32, #program.shape<"H/2">>) -> (tensor<?xf32, #program.shape<"H/2">>, tensor<?xf32, #program.shape<"floor(H/2)">>) {
  %a = vae.reshape %x to <"H/2"> : (tensor<?xf32, #program.shape<"floor(H/2)">>) -> tensor<?xf32, #program.shape<"H/2">>
  %b = vae.reshape %y to <"floor(H/2)"> : (tensor<?xf32, #program.shape<"H/2">>) -> tensor<?xf32, #program.shape<"floor(H/2)">>
  return %a, %b : tensor<?xf32, #program.shape<"H/2">>, tensor<?xf32, #program.shape<"floor(H/2)">>
}

// CHECK-LABEL: @scalar
func.func @scalar(%x: tensor<1x1xf32>) -> tensor<f32> {
  %y = vae.reshape %x to <> : (tensor<1x1xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

// There and back is nothing.
// FOLD-LABEL: @back
// FOLD-SAME: %[[X:.*]]: tensor<4x8xf32>
// FOLD-NEXT: return %[[X]]
func.func @back(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = vae.reshape %x to <32> : (tensor<4x8xf32>) -> tensor<32xf32>
  %z = vae.reshape %y to <4, 8> : (tensor<32xf32>) -> tensor<4x8xf32>
  return %z : tensor<4x8xf32>
}
