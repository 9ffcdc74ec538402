// The inner loop of matrix products: a register tile of accumulators over the whole of k.
#ifndef VAE_BACKENDS_CPU_MICROKERNEL_H
#define VAE_BACKENDS_CPU_MICROKERNEL_H

#include "backends/cpu/Emitter.h"
#include <functional>

namespace vae::cpu {

/// Where a tile's operands are. Element (row i, k) of the left side is at rows[i] + k * rowStep, row k of the right
/// side's strip, `columns` neighbouring elements, at strip + k * stripStep.
struct TileOperands {
  mlir::Value lhs, rhs; // buffers
  llvm::SmallVector<mlir::Value, 12> rows;
  mlir::Value rowStep;
  mlir::Value strip, stripStep;
  mlir::Value depth; // length of k
  int64_t columns;
  int64_t turn = 1;     // steps of k that the loop takes at a time; divides the depth
  bool chooses = false; // adds the right side where the left is not 0
  /// Which lanes take part in a step of k, be the operands infinite in others; none: all.
  std::function<mlir::Value(mlir::Value k)> takesPart;
};

/// Returns one vector of `columns` f32 a row: the sums over k, in the order of k, each step one fused multiply-add, or the
/// addition of what the left side chooses.
llvm::SmallVector<mlir::Value> emitMicroKernel(Emitter &emitter, const TileOperands &operands);

/// Transposes as many vectors as each has lanes (a power of two).
llvm::SmallVector<mlir::Value> emitTranspose(Emitter &emitter, llvm::SmallVector<mlir::Value> rows);

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_MICROKERNEL_H
