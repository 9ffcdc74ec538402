// Compiles a kernel from text for Vulkan, checks the module with spirv-val, and runs it.
#include "tests/backends/vulkan/KernelRunner.h"
#include "backends/vulkan/VulkanBackend.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "runtime/abi/kernel.h"
#include "tests/catch.h"
#include <cmath>
#include <cstring>
#include <fstream>

using namespace mlir;
using namespace vae;
using namespace vae::tests;

Words tests::toWords(const std::vector<float> &values) {
  Words words(values.size());
  std::memcpy(words.data(), values.data(), 4 * values.size());
  return words;
}

std::vector<float> tests::toFloats(const Words &words) {
  std::vector<float> values(words.size());
  std::memcpy(values.data(), words.data(), 4 * words.size());
  return values;
}

std::vector<float> tests::randomFloats(size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<float> values(count);
  for (float &value : values)
    value = static_cast<float>(engine() >> 8) * 0x1p-23f - 1.0f;
  return values;
}

std::vector<float> tests::toPanels(const std::vector<float> &matrix, int64_t rows, int64_t columns) {
  int64_t panels = (rows + program::matrixPanel - 1) / program::matrixPanel;
  std::vector<float> result(panels * columns * program::matrixPanel);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      result[(row / program::matrixPanel * columns + column) * program::matrixPanel + row % program::matrixPanel] =
          matrix[row * columns + column];
  return result;
}

double tests::maxError(const std::vector<float> &got, const std::vector<double> &expected, double floor) {
  REQUIRE(got.size() == expected.size());
  double worst = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(got[i]) != std::isnan(expected[i]))
      return INFINITY;
    if (!std::isnan(got[i]))
      worst = std::max(worst, std::abs(got[i] - expected[i]) /
                                  std::max({std::abs<double>(got[i]), std::abs(expected[i]), floor}));
  }
  return worst;
}

static MLIRContext &getContext() {
  static DialectRegistry registry;
  static MLIRContext context(MLIRContext::Threading::DISABLED);
  registry.insert<program::ProgramDialect, arith::ArithDialect, linalg::LinalgDialect, math::MathDialect,
                  tensor::TensorDialect>();
  context.appendDialectRegistry(registry);
  return context;
}

static void validate(const std::vector<uint32_t> &spirv) {
  std::string path = std::string(VAE_BINARY_DIR) + "/vulkan_backend_test.spv";
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char *>(spirv.data()), 4 * spirv.size());
  REQUIRE(std::system((std::string(VAE_SPIRV_VAL) + " --target-env vulkan1.2 " + path).c_str()) == 0);
}

KernelRunner::KernelRunner(const std::string &text) {
  INFO(text);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &getContext());
  REQUIRE(module);
  auto kernels = module->getOps<program::KernelOp>();
  REQUIRE(!kernels.empty());
  FailureOr<CompiledKernel> compiled = createVulkanBackend()->compile(*kernels.begin());
  REQUIRE(succeeded(compiled));
  kernel = std::move(*compiled);
  REQUIRE(kernel.code.size() % sizeof(uint32_t) == 0);
  spirv.resize(kernel.code.size() / sizeof(uint32_t));
  std::memcpy(spirv.data(), kernel.code.data(), kernel.code.size());
  validate(spirv);
}

static uint32_t evaluate(const GridAxis &axis, const std::vector<int32_t> &sizes) {
  int64_t product = 1;
  for (const GridFactor &factor : axis.factors) {
    int64_t value = factor.size < 0 ? factor.constant : sizes[factor.size];
    product *= (value + factor.divisor - 1) / factor.divisor;
  }
  return (product + axis.divisor - 1) / axis.divisor;
}

void KernelRunner::run(std::vector<Words *> buffers, const std::vector<int32_t> &sizes, uint32_t cut) {
  VulkanHost &host = VulkanHost::get();
  REQUIRE(kernel.grid.size() == 3);
  std::array<uint32_t, 3> groups;
  for (int axis = 0; axis < 3; ++axis)
    groups[axis] = std::min(cut, evaluate(kernel.grid[axis], sizes));
  host.run(spirv, std::move(buffers), sizes, groups);
  for (const std::string &message : host.messages)
    UNSCOPED_INFO(message);
  REQUIRE(host.messages.empty());
}
