// RUN: vae-opt --vae-deduplicate-kernels %s | FileCheck %s

#id = affine_map<(d0) -> (d0)>

// CHECK: program.kernel @first
program.kernel @first(%x: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<8xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"], program.role = "root"} ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  program.yield %y : tensor<8xf32>
}

// CHECK-NOT: program.kernel @same
program.kernel @same(%x: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<8xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"], program.role = "root"} ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  program.yield %y : tensor<8xf32>
}

// One op is another.
// CHECK: program.kernel @other_op
program.kernel @other_op(%x: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<8xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"], program.role = "root"} ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.mulf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  program.yield %y : tensor<8xf32>
}

// In place is another kernel, too.
// CHECK: program.kernel @other_tie
program.kernel @other_tie(%x: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: 0>} {
  %e = tensor.empty() : tensor<8xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"], program.role = "root"} ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  program.yield %y : tensor<8xf32>
}

// CHECK-LABEL: @host
// CHECK: program.launch @first
// CHECK: program.launch @first
// CHECK: program.launch @other_op
// CHECK: program.launch @other_tie
func.func @host(%x: tensor<8xf32>) -> tensor<8xf32> {
  %a = program.launch @first(%x) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %b = program.launch @same(%a) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %c = program.launch @other_op(%b) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  %d = program.launch @other_tie(%c) sizes [] : (tensor<8xf32>) -> tensor<8xf32>
  return %d : tensor<8xf32>
}
