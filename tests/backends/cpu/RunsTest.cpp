// Elements read at computed indices that lanes see as neighbours, or as every second: against plain loops, between
// guard pages.
#include "tests/backends/cpu/KernelRun.h"
#include "tests/backends/cpu/KernelText.h"
#include "tests/catch.h"

using namespace vae::test;

namespace {

/// y[i, j] = x[i, INDEX(j)] where that is inside of x; elsewhere OUTSIDE of what the clamped index reads.
const char *reading = R"(
program.kernel @reading(%x: tensor<?x?xf32> {program.sizes = array<i64: 0, 1>}, %d0: index, %d1: index, %d2: index)
    -> (tensor<?x?xf32> {program.sizes = array<i64: 0, 2>}) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %empty = tensor.empty(%d0, %d2) : tensor<?x?xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%empty : tensor<?x?xf32>)
      attrs = {program.role = "root"} {
  ^bb0(%o: f32):
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %two = arith.constant 2 : i32
    %three = arith.constant 3 : i32
    %nothing = arith.constant 0.5 : f32
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %n = arith.index_cast %j : index to i32
    %length = arith.index_cast %d1 : index to i32
INDEX
    %inside = arith.cmpi ult, %computed, %length : i32
    %at = arith.select %inside, %computed, %zero : i32
    %index = arith.index_cast %at : i32 to index
    %element = tensor.extract %x[%i, %index] : tensor<?x?xf32>
OUTSIDE
    %result = arith.select %inside, %element, %other : f32
    linalg.yield %result : f32
  } -> tensor<?x?xf32>
  program.yield %r : tensor<?x?xf32>
}
)";

struct Index {
  const char *text;
  int64_t (*of)(int64_t);
};

const Index indices[] = {
    {"%computed = arith.subi %n, %two : i32", [](int64_t j) { return j - 2; }},
    {"%t = arith.muli %n, %two : i32\n%computed = arith.subi %t, %three : i32", [](int64_t j) { return 2 * j - 3; }},
    {"%t = arith.addi %n, %one : i32\n%h = arith.divui %t, %two : i32\n%computed = arith.subi %h, %one : i32",
     [](int64_t j) { return (j + 1) / 2 - 1; }},
    {"%computed = arith.subi %three, %n : i32", [](int64_t j) { return 3 - j; }},
    {"%t = arith.muli %n, %three : i32\n%h = arith.divui %t, %two : i32\n%computed = arith.addi %h, %zero : i32",
     [](int64_t j) { return 3 * j / 2; }},
};

} // namespace

TEST_CASE("computed indices read what they name") {
  for (const std::string &target : runnableTargets())
    for (const Index &index : indices)
      for (bool readsOutside : {false, true}) {
        std::string outside = readsOutside ? "%other = arith.addf %element, %nothing : f32"
                                           : "%other = arith.addf %nothing, %nothing : f32";
        std::string text = replaced(replaced(reading, "INDEX", index.text), "OUTSIDE", outside), error;
        INFO(target << text);
        std::unique_ptr<KernelRun> kernel = KernelRun::compile(text, target, error);
        REQUIRE(error == "");
        for (auto [rows, length, out] : {std::tuple(3, 20, 20), std::tuple(2, 37, 75), std::tuple(1, 1, 1)}) {
          std::vector<float> x = randomFloats(size_t(rows) * length, 5);
          Call call(*kernel, {rows, length, out});
          call.input(x);
          call.result<float>(size_t(rows) * out);
          REQUIRE(call.run(error));
          std::vector<float> y = call.get<float>(1);
          for (int64_t i = 0; i < rows; ++i)
            for (int64_t j = 0; j < out; ++j) {
              int64_t at = index.of(j);
              float outsideValue = readsOutside ? x[i * length] + 0.5F : 1.0F;
              REQUIRE(y[i * out + j] == (at >= 0 && at < length ? x[i * length + at] : outsideValue));
            }
        }
      }
}
