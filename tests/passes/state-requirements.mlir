// RUN: vae-opt --pass-pipeline='builtin.module(func.func(vae-state-requirements))' %s -split-input-file | FileCheck %s

// What no run can break is not asked, what two ops ask is asked once, and no bound is asked of a static axis.
// CHECK-LABEL: @slices(
// CHECK-SAME: program.requirements = [#program.requirement<"H - 8", "slice from 0 to 8 does not lie inside [H, 4] along axis 0, whose size is H", "m.vae:3:10">,
// CHECK-SAME: #program.requirement<"H - 6", "slice from H - 6 to H - 1 does not lie inside [H, 4] along axis 0, whose size is H", "m.vae:4:10">]
func.func @slices(%x: tensor<?x4xf32, #program.shape<"H", 4>>) -> (tensor<8x4xf32>, tensor<8x4xf32>, tensor<5x4xf32>, tensor<?x4xf32, #program.shape<"H", 4>>) {
  %a = vae.slice %x {axis = 0 : i64, bounds = #program.shape<0, 8>} : (tensor<?x4xf32, #program.shape<"H", 4>>) -> tensor<8x4xf32> loc("m.vae":3:10)
  %b = vae.slice %x {axis = 0 : i64, bounds = #program.shape<0, 8>} : (tensor<?x4xf32, #program.shape<"H", 4>>) -> tensor<8x4xf32> loc("m.vae":3:20)
  %c = vae.slice %x {axis = 0 : i64, bounds = #program.shape<"H - 6", "H - 1">} : (tensor<?x4xf32, #program.shape<"H", 4>>) -> tensor<5x4xf32> loc("m.vae":4:10)
  %d = vae.slice %x {axis = 0 : i64, bounds = #program.shape<0, "H">} : (tensor<?x4xf32, #program.shape<"H", 4>>) -> tensor<?x4xf32, #program.shape<"H", 4>>
  return %a, %b, %c, %d : tensor<8x4xf32>, tensor<8x4xf32>, tensor<5x4xf32>, tensor<?x4xf32, #program.shape<"H", 4>>
}

// -----

// A border that reflects is smaller than its axis; one that does not asks nothing.
// CHECK-LABEL: @borders(
// CHECK-SAME: program.requirements = [#program.requirement<"H - 3", "pad of [H] reflects 2 places of an axis of H; a border that reflects must be smaller than its axis", "{{.*}}">]
func.func @borders(%x: tensor<?xf32, #program.shape<"H">>) -> (tensor<?xf32, #program.shape<"H + 2">>, tensor<?xf32, #program.shape<"H + 2">>) {
  %a = vae.pad %x {mode = "reflect", padding = array<i64: 0, 2>} : (tensor<?xf32, #program.shape<"H">>) -> tensor<?xf32, #program.shape<"H + 2">>
  %b = vae.pad %x {mode = "replicate", padding = array<i64: 0, 2>} : (tensor<?xf32, #program.shape<"H">>) -> tensor<?xf32, #program.shape<"H + 2">>
  return %a, %b : tensor<?xf32, #program.shape<"H + 2">>, tensor<?xf32, #program.shape<"H + 2">>
}

// -----

// CHECK-LABEL: @queries(
// CHECK-SAME: program.requirements = [#program.requirement<"S - L", "`causal` attention has L queries and S keys,{{.*}}", "{{.*}}">]
func.func @queries(%q: tensor<2x?x8xf32, #program.shape<2, "L", 8>>, %k: tensor<2x?x8xf32, #program.shape<2, "S", 8>>) -> tensor<2x?x8xf32, #program.shape<2, "L", 8>> {
  %y = vae.attention %q, %k, %k {causal = true, heads = 1 : i64} : (tensor<2x?x8xf32, #program.shape<2, "L", 8>>, tensor<2x?x8xf32, #program.shape<2, "S", 8>>, tensor<2x?x8xf32, #program.shape<2, "S", 8>>) -> tensor<2x?x8xf32, #program.shape<2, "L", 8>>
  return %y : tensor<2x?x8xf32, #program.shape<2, "L", 8>>
}

// -----

// CHECK-LABEL: @free(
// CHECK-NOT: program.requirements
func.func @free(%q: tensor<2x?x8xf32, #program.shape<2, "L", 8>>, %k: tensor<2x?x8xf32, #program.shape<2, "S", 8>>) -> tensor<2x?x8xf32, #program.shape<2, "L", 8>> {
  %y = vae.attention %q, %k, %k {heads = 1 : i64} : (tensor<2x?x8xf32, #program.shape<2, "L", 8>>, tensor<2x?x8xf32, #program.shape<2, "S", 8>>, tensor<2x?x8xf32, #program.shape<2, "S", 8>>) -> tensor<2x?x8xf32, #program.shape<2, "L", 8>>
  return %y : tensor<2x?x8xf32, #program.shape<2, "L", 8>>
}

// -----

// Not each tensor becomes a buffer, so each is asked to have elements; those of a loop's body, too.
// CHECK-LABEL: @without_elements(
// CHECK-SAME: program.requirements = [#program.requirement<"H - 7", "slice from 6 to H does not lie inside [H] along axis 0, whose size is H", "m.vae:7:1">,
// CHECK-SAME: #program.requirement<"floor(H/2) - 1", "`broadcast` makes a tensor of [floor(H/2)], of which floor(H/2) is below 1", "m.vae:9:1">]
func.func @without_elements(%x: tensor<?xf32, #program.shape<"H">>, %c: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %a = vae.slice %x {axis = 0 : i64, bounds = #program.shape<6, "H">} : (tensor<?xf32, #program.shape<"H">>) -> tensor<?xf32, #program.shape<"H - 6">> loc("m.vae":7:1)
  %s = vae.sum %a {axes = array<i64: 0>} : (tensor<?xf32, #program.shape<"H - 6">>) -> tensor<f32>
  %r = vae.loop "4" carrying(%c) {
  ^bb0(%turn: tensor<i32>, %v: tensor<f32>):
    %b = vae.broadcast %v to <"floor(H/2)"> : (tensor<f32>) -> tensor<?xf32, #program.shape<"floor(H/2)">> loc("m.vae":9:1)
    %t = vae.sum %b {axes = array<i64: 0>} : (tensor<?xf32, #program.shape<"floor(H/2)">>) -> tensor<f32>
    vae.yield %t : tensor<f32>
  } : (tensor<f32>) -> tensor<f32>
  return %s, %r : tensor<f32>, tensor<f32>
}

// -----

// A layer is called by the label of its parameters.
vae.parameter @down.c1.weight : tensor<2x1x3x3xf32> init #program.init<zeros, 0.0, 0.0>

// CHECK-LABEL: @labelled(
// CHECK-SAME: #program.requirement<"floor(H/3) - 1", "`conv2d` @down.c1 makes a tensor of [1, 2, floor(H/3), 1], of which floor(H/3) is below 1", "m.vae:3:9">
func.func @labelled(%x: tensor<1x1x?x3xf32, #program.shape<1, 1, "H", 3>>) -> tensor<1x2x?x1xf32, #program.shape<1, 2, "floor(H/3)", 1>> {
  %w = vae.read @down.c1.weight : tensor<2x1x3x3xf32>
  %y = vae.conv2d %x, %w {stride = array<i64: 3, 3>, padding = array<i64: 0, 0, 0, 0>, dilation = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x1x?x3xf32, #program.shape<1, 1, "H", 3>>, tensor<2x1x3x3xf32>) -> tensor<1x2x?x1xf32, #program.shape<1, 2, "floor(H/3)", 1>> loc("m.vae":3:9)
  return %y : tensor<1x2x?x1xf32, #program.shape<1, 2, "floor(H/3)", 1>>
}
