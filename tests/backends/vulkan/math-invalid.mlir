// RUN: not kernel-to-spirv %s 2>&1 | FileCheck %s

// CHECK: math-invalid.mlir:[[# @LINE + 6]]:10: error: 'math.exp' op has no place in a kernel's body
program.kernel @exp(%x: tensor<8xf32>) -> tensor<8xf32> attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %empty = tensor.empty() : tensor<8xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%empty : tensor<8xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    %r = math.exp %a : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  program.yield %y : tensor<8xf32>
}
