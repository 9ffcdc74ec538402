// RUN: not kernel-to-spirv %s 2>&1 | FileCheck %s

// CHECK: division-invalid.mlir:[[# @LINE + 7]]:10: error: `arith.floordivsi` has no form in Vulkan shaders
program.kernel @floor(%x: tensor<8xi32>) -> tensor<8xi32> attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %empty = tensor.empty() : tensor<8xi32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<8xi32>) outs(%empty : tensor<8xi32>) attrs = {program.role = "root"} {
  ^bb0(%a: i32, %o: i32):
    %three = arith.constant 3 : i32
    %r = arith.floordivsi %a, %three : i32
    linalg.yield %r : i32
  } -> tensor<8xi32>
  program.yield %y : tensor<8xi32>
}
