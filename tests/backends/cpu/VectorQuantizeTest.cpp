// Nearest codes against plain loops, on numbers that no order of summation rounds: codes, rows and errors are exact.
#include "tests/backends/NearestCode.h"
#include "tests/backends/cpu/KernelRun.h"
#include "tests/catch.h"

using namespace vae::test;

/// Whether both hold the same numbers, or NaN at the same places.
static bool equal(const std::vector<float> &a, const std::vector<float> &b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](float x, float y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

static void check(const Search &search, const std::string &target) {
  INFO(target << ": " << search.batches << " x " << search.rows << ", " << search.codes << " codes of " << search.width
              << (search.transposed ? ", transposed" : "") << (search.fixed ? "" : ", sizes at run time"));
  std::string error;
  std::unique_ptr<KernelRun> kernel = KernelRun::compile(getText(search), target, error);
  REQUIRE(error == "");
  REQUIRE(kernel->strategy() == "VectorQuantize");
  SearchData data(search);
  Call call(*kernel, search.getSizes<int64_t>());
  call.input(data.z);
  call.input(data.codebook);
  call.input(data.norms);
  call.result<int32_t>(data.index.size());
  if (search.epilogue) {
    call.result<float>(data.z.size());
    call.result<float>(data.error.size());
  }
  CHECK(call.run(error));
  INFO(error);
  CHECK(call.get<int32_t>(3) == data.index);
  if (search.epilogue) {
    CHECK(equal(call.get<float>(4), data.quantized));
    CHECK(equal(call.get<float>(5), data.error));
  }
}

TEST_CASE("nearest codes: the lowest of equal ones, rows, errors, NaN", "[codes]") {
  for (const std::string &target : runnableTargets())
    for (const Search &search : getSearches())
      check(search, target);
}
