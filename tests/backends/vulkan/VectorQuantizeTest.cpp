// Nearest codes on Vulkan against plain loops, on numbers that no order of summation rounds.
#include "tests/backends/NearestCode.h"
#include "tests/backends/vulkan/KernelRunner.h"
#include "tests/catch.h"

using namespace vae::test;
using vae::tests::KernelRunner;
using vae::tests::toFloats;
using vae::tests::toWords;
using vae::tests::Words;

static void check(const Search &search, uint32_t cut) {
  INFO(search.batches << " x " << search.rows << ", " << search.codes << " codes of " << search.width
                      << (search.transposed ? ", transposed" : "") << (search.fixed ? "" : ", sizes at run time"));
  KernelRunner runner(getText(search));
  CHECK(runner.kernel.strategy == "VectorQuantize");
  SearchData data(search);
  Words z = toWords(data.z), codebook = toWords(data.codebook), norms = toWords(data.norms);
  Words index(data.index.size(), 77), quantized(data.z.size(), 77), error(data.error.size(), 77);
  std::vector<Words *> buffers = {&z, &codebook, &norms, &index};
  if (search.epilogue)
    buffers.insert(buffers.end(), {&quantized, &error});
  runner.run(buffers, search.getSizes<int32_t>(), cut);
  CHECK(std::vector<int32_t>(index.begin(), index.end()) == data.index);
  if (!search.epilogue)
    return;
  std::vector<float> rows = toFloats(quantized), errors = toFloats(error);
  auto same = [](float x, float y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  CHECK(std::equal(rows.begin(), rows.end(), data.quantized.begin(), data.quantized.end(), same));
  CHECK(std::equal(errors.begin(), errors.end(), data.error.begin(), data.error.end(), same));
}

TEST_CASE("nearest codes: the lowest of equal ones, rows, errors, NaN") {
  for (const Search &search : getSearches())
    check(search, 65535);
}

TEST_CASE("nearest codes by fewer workgroups than wished for") {
  check({3, 70, 33, 5, true, true, true}, 2);
  check({3, 70, 33, 5, false, false, true}, 1);
}
