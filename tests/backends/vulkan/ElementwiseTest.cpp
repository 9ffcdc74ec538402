// Elementwise kernels on Vulkan against plain loops.
#include "tests/backends/vulkan/KernelRunner.h"
#include "tests/catch.h"
#include <cmath>

using namespace vae::tests;

static const char *scaleText = R"(
program.kernel @scale(%x: tensor<?xf32> {program.sizes = array<i64: 0>}, %s: tensor<f32>, %d0: index)
    -> (tensor<?xf32> {program.sizes = array<i64: 0>}) attributes {ties = array<i64: -1>} {
  %empty = tensor.empty(%d0) : tensor<?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x, %s : tensor<?xf32>, tensor<f32>) outs(%empty : tensor<?xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %r = arith.addf %m, %b : f32
    linalg.yield %r : f32
  } -> tensor<?xf32>
  program.yield %y : tensor<?xf32>
})";

TEST_CASE("a one-dimensional kernel of any length multiplies and adds without contraction") {
  KernelRunner runner(scaleText);
  for (int32_t n : {1, 3, 127, 128, 129, 1000, 100000}) {
    std::vector<float> x = randomFloats(n, n);
    Words in = toWords(x), scale = toWords({1.7f}), out(n, 0xffffffff);
    runner.run({&in, &scale, &out}, {n});
    std::vector<float> y = toFloats(out);
    int differences = 0;
    for (int32_t i = 0; i < n; ++i) {
      volatile float product = x[i] * 1.7f;
      differences += y[i] != product + 1.7f;
    }
    CHECK(differences == 0);
  }
}
