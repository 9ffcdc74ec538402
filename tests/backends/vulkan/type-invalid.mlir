// RUN: not kernel-to-spirv %s 2>&1 | FileCheck %s

// CHECK: type-invalid.mlir:[[# @LINE + 1]]:1: error: buffer 0 of 'f64' has no form in Vulkan shaders
program.kernel @double(%x: tensor<8xf64>) -> tensor<8xf64> attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %empty = tensor.empty() : tensor<8xf64>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf64>) outs(%empty : tensor<8xf64>) attrs = {program.role = "root"} {
  ^bb0(%a: f64, %o: f64):
    %r = arith.addf %a, %a : f64
    linalg.yield %r : f64
  } -> tensor<8xf64>
  program.yield %y : tensor<8xf64>
}
