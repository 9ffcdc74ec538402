// Reductions on Vulkan against plain loops in double precision.
#include "tests/backends/vulkan/KernelRunner.h"
#include "tests/catch.h"
#include <cmath>

using namespace vae::tests;

/// Sum of squares over rows or columns of a [M, N] matrix, its mean's root as epilogue. Sizes are run-time ones where a
/// dimension is 0.
static std::string getSquaresText(int64_t n, bool rows) {
  std::string matrix = "tensor<?x" + (n ? std::to_string(n) : "?") + "xf32>", kept = rows ? "m" : "n";
  std::string vector = rows ? "tensor<?xf32>" : "tensor<" + (n ? std::to_string(n) : "?") + "xf32>";
  std::string size = rows ? "0" : n ? "-1" : "1", length = rows || n ? (rows ? "%d0" : "") : "%d1";
  std::string sizes = n ? "%d0: index" : "%d0: index, %d1: index",
              iterators = rows ? "\"parallel\", \"reduction\"" : "\"reduction\", \"parallel\"";
  return "program.kernel @squares(%x: " + matrix + " {program.sizes = array<i64: 0, " + (n ? "-1" : "1") +
         ">}, %c: tensor<f32>, " + sizes + ") -> (" + vector + " {program.sizes = array<i64: " + size +
         ">}) attributes {form = #program.form<reduction>, ties = array<i64: -1>} {\n" +
         "  %zero = arith.constant 0.0 : f32\n  %empty = tensor.empty(" + length + ") : " + vector +
         "\n  %init = linalg.fill ins(%zero : f32) outs(%empty : " + vector + ") -> " + vector +
         "\n  %s = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (" + kept +
         ")>], iterator_types = [" + iterators + "]} ins(%x : " + matrix + ") outs(%init : " + vector +
         ") attrs = {program.role = \"root\"} {\n" + R"(
  ^bb0(%a: f32, %acc: f32):
    %q = arith.mulf %a, %a : f32
    %r = arith.addf %acc, %q : f32
    linalg.yield %r : f32
  } -> )" +
         vector +
         "\n  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>, affine_map<(i) -> "
         "(i)>], " +
         "iterator_types = [\"parallel\"]} ins(%s, %c : " + vector + ", tensor<f32>) outs(%empty : " + vector +
         ") attrs = {program.role = \"epilogue\"} {\n" + R"(
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %r = math.sqrt %p : f32
    linalg.yield %r : f32
  } -> )" +
         vector + "\n  program.yield %y : " + vector + "\n}";
}

static void checkSquares(int64_t fixed, bool rows, const std::vector<int64_t> &ms, const std::vector<int64_t> &ns) {
  KernelRunner runner(getSquaresText(fixed, rows));
  for (int64_t m : ms)
    for (int64_t n : ns) {
      std::vector<float> x = randomFloats(m * n, m + n);
      Words in = toWords(x), factor = toWords({0.5f}), out(rows ? m : n, 0xffffffff);
      std::vector<int32_t> sizes = {static_cast<int32_t>(m)};
      if (!fixed)
        sizes.push_back(n);
      runner.run({&in, &factor, &out}, sizes);
      std::vector<double> expected(rows ? m : n);
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j)
          expected[rows ? i : j] += double(x[i * n + j]) * x[i * n + j];
      for (double &value : expected)
        value = std::sqrt(0.5 * value);
      INFO(m << " x " << n << (rows ? " rows" : " columns"));
      CHECK(maxError(toFloats(out), expected, 1e-3) < 2e-6);
    }
}

static const std::vector<int64_t> ms = {1, 4, 5, 7, 12, 13, 64, 130}, ns = {1, 3, 20, 31, 32, 33, 500, 784};

TEST_CASE("sums over rows and columns of run-time length") {
  checkSquares(0, true, ms, ns);
  checkSquares(0, false, ms, ns);
}

TEST_CASE("sums over rows and columns of fixed length") {
  for (int64_t n : {1, 3, 20, 33, 784}) {
    checkSquares(n, true, {1, 13, 130}, {n});
    checkSquares(n, false, {1, 13, 130}, {n});
  }
}

/// Sum and largest element of a whole matrix; each element's double goes out on the way, written over the input.
static std::string getTotalsText(const std::string &n) {
  std::string matrix = "tensor<?x" + n + "xf32>", attribute = " {program.sizes = array<i64: 0, -1>}";
  return "program.kernel @totals(%x: " + matrix + attribute + ", %d0: index) -> (tensor<f32>, " + matrix + attribute +
         ", tensor<f32>) attributes {form = #program.form<reduction>, ties = array<i64: -1, 0, -1>} {\n  %zero = "
         "arith.constant 0.0 : f32\n  %low = "
         "arith.constant 0xFF800000 : f32\n" +
         "  %e = tensor.empty() : tensor<f32>\n  %i0 = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> "
         "tensor<f32>\n" +
         "  %i1 = linalg.fill ins(%low : f32) outs(%e : tensor<f32>) -> tensor<f32>\n  %side = tensor.empty(%d0) : " +
         matrix +
         "\n  %y:3 = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> ()>, "
         "affine_map<(m, n) -> (m, n)>, " +
         "affine_map<(m, n) -> ()>], iterator_types = [\"reduction\", \"reduction\"]} ins(%x : " + matrix +
         ") outs(%i0, %side, %i1 : tensor<f32>, " + matrix + ", tensor<f32>) attrs = {program.role = \"root\"} {\n" +
         R"(
  ^bb0(%a: f32, %s: f32, %o: f32, %m: f32):
    %d = arith.addf %a, %a : f32
    %t = arith.addf %s, %a : f32
    %u = arith.maximumf %m, %a : f32
    linalg.yield %t, %d, %u : f32, f32, f32
  } -> (tensor<f32>, )" +
         matrix + ", tensor<f32>)\n  program.yield %y#0, %y#1, %y#2 : tensor<f32>, " + matrix + ", tensor<f32>\n}";
}

TEST_CASE("a whole tensor's sum and maximum, with a side result in place") {
  for (int64_t n : {1, 5, 20, 784}) {
    KernelRunner runner(getTotalsText(std::to_string(n)));
    for (int64_t m : {1, 7, 130}) {
      std::vector<float> x = randomFloats(m * n, 3 * m + n);
      Words in = toWords(x), sum(1), largest(1);
      runner.run({&in, &sum, &largest}, {static_cast<int32_t>(m)});
      double expected = 0, magnitude = 0, most = -INFINITY;
      for (float &value : x) {
        expected += value;
        magnitude += std::abs(value);
        most = std::max<double>(most, value);
        value += value;
      }
      INFO(m << " x " << n);
      CHECK(std::abs(toFloats(sum)[0] - expected) < 1e-6 * magnitude);
      CHECK(toFloats(largest)[0] == most);
      CHECK(toFloats(in) == x);
    }
  }
}

TEST_CASE("a sum over more elements than lavapipe lets one invocation loop") {
  // 65535 rounds an invocation; beyond, loops end silently.
  for (int64_t n : {784, 785}) {
    KernelRunner runner(getTotalsText(std::to_string(n)));
    int64_t m = 200;
    std::vector<float> x = randomFloats(m * n, 2);
    Words in = toWords(x), sum(1), largest(1);
    runner.run({&in, &sum, &largest}, {static_cast<int32_t>(m)});
    double expected = 0;
    for (float value : x)
      expected += value;
    CHECK(std::abs(toFloats(sum)[0] - expected) < 1e-2);
  }
  checkSquares(0, false, {70000}, {3});
  checkSquares(0, true, {3}, {70000});
}

TEST_CASE("the same sum from any number of workgroups and after any cut of the grid") {
  KernelRunner runner(getSquaresText(33, true));
  std::vector<float> x = randomFloats(1000 * 33, 1);
  Words in = toWords(x), factor = toWords({1.0f}), whole(1000), cut(1000);
  runner.run({&in, &factor, &whole}, {1000});
  runner.run({&in, &factor, &cut}, {1000}, 3);
  CHECK(whole == cut);
}

TEST_CASE("outer and inner loops reduced around one that stays") {
  KernelRunner runner(R"(
program.kernel @middle(%x: tensor<?x6x?xf32> {program.sizes = array<i64: 0, -1, 1>}, %d0: index, %d1: index) -> tensor<6xf32>
    attributes {form = #program.form<reduction>, ties = array<i64: -1>} {
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<6xf32>
  %i = linalg.fill ins(%one : f32) outs(%e : tensor<6xf32>) -> tensor<6xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(a, b, c) -> (a, b, c)>, affine_map<(a, b, c) -> (b)>],
      iterator_types = ["reduction", "parallel", "reduction"]} ins(%x : tensor<?x6x?xf32>) outs(%i : tensor<6xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %s: f32):
    %t = arith.mulf %s, %a : f32
    linalg.yield %t : f32
  } -> tensor<6xf32>
  program.yield %y : tensor<6xf32>
})");
  int32_t outer = 5, inner = 17;
  std::vector<float> x = randomFloats(outer * 6 * inner, 9);
  for (float &value : x)
    value = 1.0f + 0.1f * value;
  Words in = toWords(x), out(6);
  runner.run({&in, &out}, {outer, inner});
  std::vector<double> expected(6, 1.0);
  for (size_t i = 0; i < x.size(); ++i)
    expected[i / inner % 6] *= x[i];
  CHECK(maxError(toFloats(out), expected, 1e-3) < 1e-5);
}

TEST_CASE("bodies that read the kernel's sizes") {
  KernelRunner runner(R"(
program.kernel @mean(%x: tensor<?x?xf32> {program.sizes = array<i64: 0, 1>}, %d0: index, %d1: index)
    -> (tensor<?xf32> {program.sizes = array<i64: 0>}) attributes {form = #program.form<reduction>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %c1 = arith.constant 1 : index
  %columns = tensor.dim %x, %c1 : tensor<?x?xf32>
  %e = tensor.empty(%d0) : tensor<?xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m)>],
      iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x?xf32>) outs(%i : tensor<?xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32):
    %t = arith.addf %b, %a : f32
    linalg.yield %t : f32
  } -> tensor<?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(m) -> (m)>, affine_map<(m) -> (m)>], iterator_types = ["parallel"]}
      ins(%s : tensor<?xf32>) outs(%e : tensor<?xf32>) attrs = {program.role = "epilogue"} {
  ^bb0(%a: f32, %b: f32):
    %n = arith.index_cast %columns : index to i32
    %m = arith.index_cast %d0 : index to i32
    %nf = arith.sitofp %n : i32 to f32
    %mf = arith.sitofp %m : i32 to f32
    %q = arith.divf %a, %nf : f32
    %r = arith.addf %q, %mf : f32
    linalg.yield %r : f32
  } -> tensor<?xf32>
  program.yield %y : tensor<?xf32>
})");
  std::vector<float> x = randomFloats(5 * 37, 1);
  Words in = toWords(x), out(5);
  runner.run({&in, &out}, {5, 37});
  std::vector<double> expected(5, 5.0);
  for (size_t i = 0; i < x.size(); ++i)
    expected[i / 37] += x[i] / 37.0;
  CHECK(maxError(toFloats(out), expected, 1) < 1e-6);
}
