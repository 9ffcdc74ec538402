// One axis of a convolution's windows as backends walk it.
#ifndef VAE_BACKENDS_COMMON_WINDOWPHASES_H
#define VAE_BACKENDS_COMMON_WINDOWPHASES_H

#include "backends/common/IndexBuilder.h"

namespace vae {

/// Outputs are taken by phases: those of one phase lie `phases` apart, and the same taps hit the picture for all of
/// them, `tapStep` apart. So an exact window with a divisor (a transposed convolution) is some plain windows, whose taps
/// all count: tap `firsts[phase] + n * tapStep` of output `phase + i * phases` is at
/// `i * stride + n * dilation + offsets[phase]`, and reads element `at / divisor`.
struct WindowPhases {
  explicit WindowPhases(program::WindowAttr window);

  int64_t phases = 1, tapStep = 1;
  int64_t stride, dilation, divisor;
  llvm::SmallVector<int64_t> counts, firsts, offsets; // for each phase: its taps, the first of them, the offset

  /// Number of outputs of a phase along an axis of so many outputs.
  mlir::Value count(IndexBuilder &b, mlir::Value outputs, mlir::Value phase) const;
};

} // namespace vae

#endif // VAE_BACKENDS_COMMON_WINDOWPHASES_H
