// One axis of a convolution's windows, as shaders walk it.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_WINDOW_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_WINDOW_H

#include "backends/vulkan/ShaderBuilder.h"

namespace vae::vulkan {

/// Outputs are taken by phases: those of one phase lie `phases` apart, and the same taps hit the picture for all of
/// them, `tapStep` apart. So an exact window with a divisor (a transposed convolution) is some plain windows, whose taps
/// all count: tap n of output i of a phase is at `i * stride + n * dilation + offset`, and reads element at / divisor.
struct Window {
  explicit Window(program::WindowAttr window);

  int64_t phases = 1, tapStep = 1;
  int64_t stride, dilation, divisor;
  llvm::SmallVector<int64_t> counts, firsts, offsets; // for each phase: its taps, the first of them, `offset`

  /// Number of outputs of a phase along an axis of so many outputs.
  mlir::Value count(ShaderBuilder &shader, mlir::Value outputs, mlir::Value phase) const;
};

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_WINDOW_H
