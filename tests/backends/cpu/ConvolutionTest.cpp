// Convolutions and gradients of their filters on the CPU against plain loops in double precision.
#include "tests/backends/ConvolutionCases.h"
#include "tests/backends/cpu/KernelCheck.h"
#include <cmath>

using namespace vae::test;

/// Sums of so many random products; an error of single precision grows with their root.
static double getScale(int64_t products) { return std::sqrt(static_cast<double>(products)); }

static void checkConvolution(const ConvolutionCase &c, const std::string &target, double tolerance = 2e-6) {
  INFO(c.describe() << " on " << target);
  auto kernel = compiled(getConvolutionText(c), target, c.strategy);
  ConvolutionData data(c);
  Call call(*kernel, c.getSizes<int64_t>());
  call.input(data.x);
  call.input(packFilter(c, data.filter));
  if (c.epilogue) {
    call.input(data.bias);
    call.input(data.residual);
    call.result<float>(data.y.size());
  }
  call.result<float>(data.y.size());
  run(call);
  double scale = getScale(c.filterSize() / c.outputs);
  CHECK(getWorst(call.get<float>(c.epilogue ? 4 : 2), data.y, scale) < tolerance);
  if (c.epilogue)
    CHECK(getWorst(call.get<float>(5), data.activated, scale) < tolerance);
}

static void checkFilterGradient(const ConvolutionCase &c, const std::string &target) {
  INFO(c.describe() << " on " << target);
  auto kernel = compiled(getFilterGradientText(c), target, "FilterGradient");
  FilterGradientData data(c);
  Call call(*kernel, c.getSizes<int64_t>());
  call.input(data.gradient);
  call.input(data.x);
  if (c.epilogue)
    call.input(data.weight);
  call.result<float>(data.d.size());
  run(call);
  double scale = getScale(c.pixels());
  CHECK(getWorst(call.get<float>(c.epilogue ? 3 : 2), data.d, scale) < 2e-6);
  if (c.epilogue)
    CHECK(getWorst(call.get<float>(2), data.updated, scale) < 2e-6);
}

TEST_CASE("convolutions: windows of every kind, sizes known at run time") {
  for (const std::string &target : runnableTargets())
    for (const ConvolutionCase &c : getConvolutionCases())
      checkConvolution(c.withStrategy("Direct"), target);
}

TEST_CASE("convolutions with an epilogue, and of sizes known before") {
  for (const std::string &target : runnableTargets())
    for (const ConvolutionCase &c : getConvolutionCases())
      checkConvolution(c.withStrategy("Direct").withEpilogue().withFixedSize(), target);
}

/// Transforms add and subtract before and after the products: the largest error is up to three times as large.
TEST_CASE("convolutions by minimal filtering") {
  for (const std::string &target : runnableTargets())
    for (const ConvolutionCase &c : getWinogradCases()) {
      checkConvolution(c.withStrategy("Winograd"), target, 6e-6);
      checkConvolution(c.withStrategy("Winograd").withEpilogue().withFixedSize(), target, 6e-6);
    }
}

TEST_CASE("gradients of filters: windows of every kind, sizes known at run time") {
  for (const std::string &target : runnableTargets())
    for (const ConvolutionCase &c : getConvolutionCases())
      checkFilterGradient(c, target);
}

TEST_CASE("gradients of filters with an epilogue, and of sizes known before") {
  for (const std::string &target : runnableTargets())
    for (const ConvolutionCase &c : getConvolutionCases())
      checkFilterGradient(c.withEpilogue().withFixedSize(), target);
}
