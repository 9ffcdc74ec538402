// RUN: vae-opt --vae-outline-kernels %s | FileCheck %s

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[OUTER:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[NONE:.*]] = affine_map<(d0, d1) -> ()>
// CHECK-DAG: #[[SWAP:.*]] = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-DAG: #[[MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[NK:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[MN:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>

module @m {
  // CHECK: program.parameter @w : tensor<16x8xf32>
  vae.parameter @w : tensor<16x8xf32> init #program.init<zeros, 0.0, 0.0>
  vae.parameter @p : tensor<8x8xf32> init #program.init<zeros, 0.0, 0.0>
  program.state @s : tensor<8x8xf32>
  program.prepared @packed : tensor<1x8x32xf32>

  // Contraction and epilogue; the weight is read where it lies.
  // CHECK: program.kernel @m_gemm_matmul_add_{{[0-9]+}}(%[[X:.*]]: tensor<?x8xf32> {program.sizes = array<i64: 0, -1>}, %[[W:.*]]: tensor<16x8xf32> {program.layout = #program.layout<panels32>}, %[[B:.*]]: tensor<16xf32>, %[[D:.*]]: index) -> (tensor<?x16xf32> {program.sizes = array<i64: 0, -1>}) attributes {form = #program.form<gemm, k = 2, m = 0, n = 1>, ties = array<i64: -1>}
  // CHECK: %[[INIT:.*]] = linalg.fill
  // CHECK: %[[ACC:.*]] = linalg.generic {indexing_maps = [#[[MK]], #[[NK]], #[[MN]]], iterator_types = ["parallel", "parallel", "reduction"]} ins(%[[X]], %[[W]] {{.*}} outs(%[[INIT]] {{.*}} attrs = {program.role = "root"}
  // CHECK: arith.mulf
  // CHECK: arith.addf
  // CHECK: %[[Y:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]], #[[ID]]], iterator_types = ["parallel", "parallel"]} ins(%[[ACC]], %[[B]] {{.*}} attrs = {program.role = "epilogue"}
  // CHECK: program.yield %[[Y]]
  // CHECK: func.func @gemm
  // CHECK: %[[P:.*]] = program.bind {{ *}}prepared @packed : tensor<1x8x32xf32>
  // CHECK-NOT: unpack
  // CHECK: program.launch @m_gemm_{{.*}}(%{{.*}}, %[[P]], %{{.*}}) sizes ["B"]
  func.func @gemm(%x: tensor<?x8xf32, #program.shape<"B", 8>>, %b: tensor<16xf32>) -> tensor<?x16xf32, #program.shape<"B", 16>> attributes {vae.kind = "entry"} {
    %packed = vae.read @packed : tensor<1x8x32xf32>
    %w = vae.unpack %packed <panels32> : tensor<1x8x32xf32> to tensor<16x8xf32>
    %y = vae.group {
      %p = vae.matmul %x, %w {transpose_b = true} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<16x8xf32>) -> tensor<?x16xf32, #program.shape<"B", 16>>
      %s = vae.add %p, %b : tensor<?x16xf32, #program.shape<"B", 16>>, tensor<16xf32>
      vae.yield %s : tensor<?x16xf32, #program.shape<"B", 16>>
    } : tensor<?x16xf32, #program.shape<"B", 16>>
    return %y : tensor<?x16xf32, #program.shape<"B", 16>>
  }

  // Reduction with a side result and an epilogue over what is left. Broadcasts are maps; a scalar has no axes.
  // CHECK: program.kernel @m_rows
  // CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[NONE]], #[[OUTER]], #[[ID]]], iterator_types = ["parallel", "reduction"]} {{.*}} attrs = {program.role = "root"}
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]} {{.*}} attrs = {program.role = "epilogue"}
  // CHECK: math.sqrt
  // CHECK: program.yield %{{.*}}#1, %{{.*}}
  func.func @rows(%x: tensor<4x8xf32>, %c: tensor<f32>) -> (tensor<4x8xf32>, tensor<4xf32>) {
    %y:2 = vae.group {
      %d = vae.mul %x, %c : tensor<4x8xf32>, tensor<f32>
      %q = vae.square %d : tensor<4x8xf32>
      %s = vae.sum %q {axis = array<i64: 1>} : (tensor<4x8xf32>) -> tensor<4xf32>
      %e = vae.sqrt %s : tensor<4xf32>
      vae.yield %d, %e : tensor<4x8xf32>, tensor<4xf32>
    } : tensor<4x8xf32>, tensor<4xf32>
    return %y#0, %y#1 : tensor<4x8xf32>, tensor<4xf32>
  }

  // A transpose is another map of the input; a slice is read at computed indices.
  // CHECK: program.kernel @m_moved
  // CHECK: linalg.generic {indexing_maps = [#[[SWAP]], #[[ID]]]
  // CHECK: tensor.extract %{{.*}}[
  func.func @moved(%x: tensor<8x4xf32>, %l: tensor<4x10xf32>) -> tensor<4x8xf32> {
    %y = vae.group {
      %t = vae.transpose %x {axes = array<i64: 1, 0>} : (tensor<8x4xf32>) -> tensor<4x8xf32>
      %s = vae.slice %l {axis = 1 : i64, bounds = #program.shape<2, 10>} : (tensor<4x10xf32>) -> tensor<4x8xf32>
      %a = vae.add %t, %s : tensor<4x8xf32>, tensor<4x8xf32>
      vae.yield %a : tensor<4x8xf32>
    } : tensor<4x8xf32>
    return %y : tensor<4x8xf32>
  }

  // The next value of a parameter is written over the old one, and a training program reads its weights as they are.
  // CHECK: program.kernel @m_step_{{.*}}(%{{.*}}: tensor<8x8xf32>, %{{.*}}: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) attributes {form = #program.form<elementwise>, ties = array<i64: 0, 1>}
  // CHECK: program.kernel @m_step_{{.*}}(%{{.*}}: tensor<4x8xf32>, %{{.*}}: tensor<8x8xf32>) -> {{.*}} attributes {form = #program.form<{{.*}}>, ties = array<i64: -1>}
  // CHECK: func.func @step
  // CHECK: program.bind {{ *}}parameter @p : tensor<8x8xf32>
  // CHECK: program.bind {{ *}}state @s : tensor<8x8xf32>
  // CHECK: program.update @p
  func.func @step(%x: tensor<4x8xf32>) -> tensor<4x8xf32> attributes {vae.kind = "train"} {
    %p = vae.read @p : tensor<8x8xf32>
    %s = vae.read @s : tensor<8x8xf32>
    %y:2 = vae.group {
      %a = vae.add %p, %s : tensor<8x8xf32>, tensor<8x8xf32>
      %b = vae.sub %s, %p : tensor<8x8xf32>, tensor<8x8xf32>
      vae.yield %a, %b : tensor<8x8xf32>, tensor<8x8xf32>
    } : tensor<8x8xf32>, tensor<8x8xf32>
    %z = vae.group {
      %m = vae.matmul %x, %p {transpose_b = true} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
      vae.yield %m : tensor<4x8xf32>
    } : tensor<4x8xf32>
    vae.update @p = %y#0 : tensor<8x8xf32>
    vae.update @s = %y#1 : tensor<8x8xf32>
    return %z : tensor<4x8xf32>
  }

  // Not in place where another element of the old value is read.
  // CHECK: program.kernel @m_swap_{{.*}} attributes {form = #program.form<elementwise>, ties = array<i64: -1>}
  func.func @swap() attributes {vae.kind = "train"} {
    %p = vae.read @p : tensor<8x8xf32>
    %y = vae.group {
      %t = vae.transpose %p {axes = array<i64: 1, 0>} : (tensor<8x8xf32>) -> tensor<8x8xf32>
      %a = vae.add %p, %t : tensor<8x8xf32>, tensor<8x8xf32>
      vae.yield %a : tensor<8x8xf32>
    } : tensor<8x8xf32>
    vae.update @p = %y : tensor<8x8xf32>
    return
  }

  // What a loop's body carries is written over its old value where it is read at its own places alone, by the entry's body
  // in panels too.
  // CHECK: program.repeat_call @turn count "5"
  // CHECK: program.kernel @m_turn_put_{{.*}} attributes {form = #program.form<elementwise>, ties = array<i64: 0>}
  // CHECK: program.kernel @m_turn_gather_{{.*}} attributes {form = #program.form<elementwise>, ties = array<i64: -1>}
  // CHECK: program.kernel @m_turn_relu_{{.*}} attributes {form = #program.form<elementwise>, ties = array<i64: -1>}
  // CHECK: program.kernel @m_turn_matmul_{{.*}} tensor<16x8xf32> {program.layout = #program.layout<panels32>}
  func.func @loops(%i: tensor<i32>, %x: tensor<4x8xf32>, %v: tensor<4xf32>) -> tensor<4x8xf32> attributes {vae.kind = "entry"} {
    %r:5 = program.repeat_call @turn count "5" carrying(%i, %x, %x, %x, %v : tensor<i32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>)
    return %r#1 : tensor<4x8xf32>
  }
  func.func private @turn(%i: tensor<i32>, %x: tensor<4x8xf32>, %y: tensor<4x8xf32>, %z: tensor<4x8xf32>, %v: tensor<4xf32>)
      -> (tensor<i32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) attributes {vae.kind = "loop"} {
    %packed = vae.read @packed : tensor<1x8x32xf32>
    %w = vae.unpack %packed <panels32> : tensor<1x8x32xf32> to tensor<16x8xf32>
    %a = vae.group {
      %p = vae.put %x, %v at %i {axes = array<i64: 1>, begin = #program.shape<0>} : (tensor<4x8xf32>, tensor<4xf32>, tensor<i32>) -> tensor<4x8xf32>
      vae.yield %p : tensor<4x8xf32>
    } : tensor<4x8xf32>
    %b = vae.group {
      %g = vae.gather %y, %i {axis = 0 : i64} : (tensor<4x8xf32>, tensor<i32>) -> tensor<8xf32>
      %s = vae.add %y, %g : tensor<4x8xf32>, tensor<8xf32>
      vae.yield %s : tensor<4x8xf32>
    } : tensor<4x8xf32>
    // Of another value.
    %c = vae.group {
      %s = vae.relu %x : tensor<4x8xf32>
      vae.yield %s : tensor<4x8xf32>
    } : tensor<4x8xf32>
    %d = vae.group {
      %p = vae.matmul %z, %w {transpose_b = true} : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
      vae.yield %p : tensor<4x16xf32>
    } : tensor<4x16xf32>
    %e = vae.group {
      %p = vae.sum %d {axis = array<i64: 1>} : (tensor<4x16xf32>) -> tensor<4xf32>
      vae.yield %p : tensor<4xf32>
    } : tensor<4xf32>
    return %i, %a, %b, %c, %e : tensor<i32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>
  }
}
