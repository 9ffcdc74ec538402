// RUN: vae-opt --vae-to-fused %s | FileCheck %s
// RUN: vae-opt --vae-to-plan %s | FileCheck %s --check-prefix=PLAN

!x = tensor<?x4x?x?xf32, #program.shape<"B", 4, "H", "W">>
!y = tensor<?x8x?x?xf32, #program.shape<"B", 8, "H", "W">>
!v = tensor<?x4x?x?x?xf32, #program.shape<"B", 4, "D", "H", "W">>

// Between convolutions a group norm works on pictures as those leave them, channels last: one kernel reads the picture for the moments of its rows, one
// writes it standardised and activated, the rest is of rows, channels and groups. That kernel writes over the picture, as nothing else reads it.
// CHECK-LABEL: func.func @between
// CHECK: vae.convolve
// CHECK: %[[MOMENTS:.*]]:2 = vae.group
// CHECK: vae.slice %[[X:.*]] {axis = 2
// CHECK: vae.sum %{{.*}} {axis = array<i64: 2>} : (tensor<?x?x?x8xf32, #program.shape<"B", "H", "W", 8>>) -> tensor<?x?x8xf32, #program.shape<"B", "H", 8>>
// CHECK: vae.sum %{{.*}} {axis = array<i64: 2>} : (tensor<?x?x?x8xf32, #program.shape<"B", "H", "W", 8>>) -> tensor<?x?x8xf32, #program.shape<"B", "H", 8>>
// CHECK: vae.yield
// CHECK-NOT: vae.transpose {{.*}}tensor<?x
// CHECK: vae.sub %[[X]], %{{.*}} : tensor<?x?x?x8xf32, #program.shape<"B", "H", "W", 8>>, tensor<?x1x1x8xf32, #program.shape<"B", 1, 1, 8>>
// CHECK-NEXT: vae.mul
// CHECK: vae.silu
// CHECK-NEXT: vae.yield
// CHECK-NOT: vae.transpose {{.*}}tensor<?x
// CHECK: vae.convolve
// PLAN-LABEL: program.program @between
// PLAN: program.dispatch @{{.*}}convolve{{.*}}(%{{.*}}, %{{.*}}, %[[X:[0-9]+]])
// PLAN: program.dispatch @{{.*}}silu{{.*}}in_place(%[[X]], %{{.*}}, %{{.*}}, %{{.*}})
// PLAN: program.dispatch @{{.*}}convolve{{.*}}(%[[X]],
func.func @between(%x: !x {vae.name = "x"}, %f: tensor<8x4x3x3xf32>, %g: tensor<8x8x3x3xf32>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> (!y {vae.name = "y"}) attributes {vae.kind = "entry"} {
  %0 = vae.conv2d %x, %f {dilation = array<i64: 1, 1>, groups = 1 : i64, padding = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>} : (!x, tensor<8x4x3x3xf32>) -> !y
  %1 = vae.group_norm %0, %w, %b {groups = 2 : i64} : (!y, tensor<8xf32>, tensor<8xf32>) -> !y
  %2 = vae.silu %1 : !y
  %3 = vae.conv2d %2, %g {dilation = array<i64: 1, 1>, groups = 1 : i64, padding = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>} : (!y, tensor<8x8x3x3xf32>) -> !y
  return %3 : !y
}

// So with more axes: the volume is read twice and written once.
// CHECK-LABEL: func.func @volume
// CHECK: vae.sum %{{.*}} {axis = array<i64: 4>}
// CHECK: vae.sum %{{.*}} {axis = array<i64: 4>}
// CHECK-NOT: tensor<?x2x?xf32, #program.shape<"B", 2, "2*D*H*W">>
// CHECK: vae.mul %{{.*}} : tensor<?x4x?x?x?xf32, #program.shape<"B", 4, "D", "H", "W">>, tensor<?x4x1x1x1xf32, #program.shape<"B", 4, 1, 1, 1>>
func.func @volume(%x: !v {vae.name = "x"}) -> (!v {vae.name = "y"}) attributes {vae.kind = "entry"} {
  %0 = vae.group_norm %x {groups = 2 : i64} : (!v) -> !v
  return %0 : !v
}

// Small pictures are one part each: their moments are sums over both axes.
// CHECK-LABEL: func.func @small
// CHECK: vae.sum %{{.*}} {axis = array<i64: 2, 3>} : (tensor<?x4x32x32xf32, #program.shape<"B", 4, 32, 32>>)
func.func @small(%x: tensor<?x4x32x32xf32, #program.shape<"B", 4, 32, 32>> {vae.name = "x"}) -> (tensor<?x4x32x32xf32, #program.shape<"B", 4, 32, 32>> {vae.name = "y"}) attributes {vae.kind = "entry"} {
  %0 = vae.group_norm %x {groups = 2 : i64} : (tensor<?x4x32x32xf32, #program.shape<"B", 4, 32, 32>>) -> tensor<?x4x32x32xf32, #program.shape<"B", 4, 32, 32>>
  return %0 : tensor<?x4x32x32xf32, #program.shape<"B", 4, 32, 32>>
}
