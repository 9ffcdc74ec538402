// Convolutions and gradients of their filters on Vulkan against plain loops in double precision.
#include "tests/backends/ConvolutionCases.h"
#include "tests/backends/vulkan/KernelRunner.h"
#include "tests/catch.h"

using namespace vae::test;
using namespace vae::tests;

/// Sums of so many random products; an error of single precision grows with their root.
static double getScale(int64_t products) { return std::sqrt(static_cast<double>(products)); }

static void checkConvolution(const ConvolutionCase &c, uint32_t cut = 65535) {
  INFO(c.describe());
  KernelRunner runner(getConvolutionText(c));
  CHECK(runner.kernel.strategy == "Direct");
  ConvolutionData data(c);
  Words x = toWords(data.x), filter = toWords(packFilter(c, data.filter)), bias = toWords(data.bias),
        residual = toWords(data.residual), y(data.y.size(), 0xffffffff), activated = y;
  std::vector<Words *> buffers = {&x, &filter, &y};
  if (c.epilogue)
    buffers = {&x, &filter, &bias, &residual, &y, &activated};
  runner.run(buffers, c.getSizes<int32_t>(), cut);
  double scale = getScale(c.filterSize() / c.outputs);
  CHECK(getWorst(toFloats(y), data.y, scale) < 2e-6);
  if (c.epilogue)
    CHECK(getWorst(toFloats(activated), data.activated, scale) < 2e-6);
}

TEST_CASE("convolutions of run-time sizes") {
  for (const ConvolutionCase &c : getConvolutionCases())
    checkConvolution(c);
}

static void checkFilterGradient(const ConvolutionCase &c, uint32_t cut = 65535) {
  INFO(c.describe());
  KernelRunner runner(getFilterGradientText(c));
  CHECK(runner.kernel.strategy == "FilterGradient");
  FilterGradientData data(c);
  Words gradient = toWords(data.gradient), x = toWords(data.x), weight = toWords(data.weight),
        d(data.d.size(), 0xffffffff);
  std::vector<Words *> buffers = {&gradient, &x, &d};
  if (c.epilogue)
    buffers = {&gradient, &x, &weight, &d};
  runner.run(buffers, c.getSizes<int32_t>(), cut);
  double scale = getScale(c.pixels());
  CHECK(getWorst(toFloats(d), data.d, scale) < 2e-6);
  if (c.epilogue)
    CHECK(getWorst(toFloats(weight), data.updated, scale) < 2e-6);
}

/// Every other case: a shader of its own each, which takes the driver long to compile.
TEST_CASE("gradients of filters") {
  std::vector<ConvolutionCase> cases = getConvolutionCases();
  for (size_t i = 1; i < cases.size(); i += 2)
    checkFilterGradient(cases[i]);
}

TEST_CASE("gradients of filters large enough for larger tiles") {
  checkFilterGradient({{1, 4, 5}, {128, 96, 1}, WindowCase::plain(3, 1, 1, 1)});
  for (int outputs : {40, 130, 132})
    checkFilterGradient({{1, 3, 4}, {128, outputs, 1}, WindowCase::plain(5, 1, 1, 2)});
}

/// Outputs in fours and not; several tiles of pixels and of outputs; groups.
static std::vector<ConvolutionCase> getTileCases() {
  using W = WindowCase;
  return {{{1, 11, 13}, {16, 70, 1}, W::plain(3, 1, 1, 1)},
          {{1, 11, 13}, {32, 28, 1}, W::plain(3, 1, 1, 1)},
          {{2, 9, 8}, {4, 68, 1}, W::plain(1)},
          {{2, 6, 5}, {8, 12, 4}, W::transposed(4, 2, 1, 1)}};
}

TEST_CASE("convolutions and gradients of fixed sizes with an epilogue") {
  for (const ConvolutionCase &c : getTileCases()) {
    checkConvolution(c.withFixedSize().withEpilogue());
    checkFilterGradient(c.withFixedSize().withEpilogue());
  }
}

TEST_CASE("convolutions and gradients whose grid is cut") {
  for (const ConvolutionCase &c : {getTileCases().front(), getTileCases().back()}) {
    checkConvolution(c, 1);
    checkFilterGradient(c, 2);
  }
}

TEST_CASE("the gradient of a filter has the same bits however many groups run") {
  ConvolutionCase c({2, 9, 9}, {40, 36, 1}, WindowCase::plain(3, 1, 1, 1));
  FilterGradientData data(c);
  KernelRunner runner(getFilterGradientText(c));
  Words gradient = toWords(data.gradient), x = toWords(data.x), all(data.d.size()), one = all;
  runner.run({&gradient, &x, &all}, c.getSizes<int32_t>());
  runner.run({&gradient, &x, &one}, c.getSizes<int32_t>(), 1);
  CHECK(all == one);
}

TEST_CASE("a gradient of more pixels than lavapipe has rounds for") {
  ConvolutionCase c({70001, 2, 1}, {1, 1, 1}, WindowCase::plain(1));
  std::vector<float> values(c.batch * 2, 1);
  KernelRunner runner(getFilterGradientText(c));
  Words ones = toWords(values), same = ones, d(1);
  runner.run({&ones, &same, &d}, c.getSizes<int32_t>());
  CHECK(toFloats(d)[0] == values.size());
}
