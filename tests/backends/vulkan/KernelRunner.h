// Compiles a kernel from text for Vulkan, checks the module with spirv-val, and runs it.
#ifndef VAE_TESTS_BACKENDS_VULKAN_KERNELRUNNER_H
#define VAE_TESTS_BACKENDS_VULKAN_KERNELRUNNER_H

#include "backends/Backend.h"
#include "tests/backends/vulkan/VulkanHost.h"
#include <cstring>
#include <random>

namespace vae::tests {

Words toWords(const std::vector<float> &values);
std::vector<float> toFloats(const Words &words);
/// Uniform in [-1, 1), the same for the same seed.
std::vector<float> randomFloats(size_t count, unsigned seed);

/// A logical [rows, columns] matrix in the panels32 layout.
std::vector<float> toPanels(const std::vector<float> &matrix, int64_t rows, int64_t columns);

class KernelRunner {
public:
  /// Compiles the first kernel of an MLIR text; fails the test where that or spirv-val fails.
  explicit KernelRunner(const std::string &text);

  /// Runs it with all buffers in the kernel's order, which are updated; fails the test on any validation message. With
  /// `cut`, the grid is cut to that many groups an axis.
  void run(std::vector<Words *> buffers, const std::vector<int32_t> &sizes, uint32_t cut = 65535);

  CompiledKernel kernel;
  std::vector<uint32_t> spirv; // the kernel's code
};

/// Largest |a - b| / max(|a|, |b|, floor).
double maxError(const std::vector<float> &got, const std::vector<double> &expected, double floor);

} // namespace vae::tests

#endif // VAE_TESTS_BACKENDS_VULKAN_KERNELRUNNER_H
