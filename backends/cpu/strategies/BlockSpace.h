// Cuts loops into blocks: which part of each loop a block covers depends on sizes alone, never on the number of
// threads.
#ifndef VAE_BACKENDS_CPU_STRATEGIES_BLOCKSPACE_H
#define VAE_BACKENDS_CPU_STRATEGIES_BLOCKSPACE_H

#include "backends/Backend.h"
#include "backends/cpu/Emitter.h"

namespace vae::cpu {

/// A part of a loop: from <= index < to.
struct LoopRange {
  mlir::Value from, to;
};

class BlockSpace {
public:
  /// Adds a loop, outermost first, of which each block covers `tile` iterations.
  void addLoop(const Extent &extent, int64_t tile) { loops.push_back({extent, tile}); }
  /// Adds loops so that a block has about `budget` iterations: inner loops whole, one loop cut, those outside it one
  /// iteration a block.
  void addLoops(llvm::ArrayRef<Extent> extents, int64_t budget);
  /// The number of blocks.
  GridAxis getGrid() const;
  int64_t getTile(unsigned loop) const { return loops[loop].tile; }
  /// Loops over the function's blocks; `body` gets each loop's range.
  void emit(Emitter &emitter, llvm::function_ref<void(llvm::ArrayRef<LoopRange>)> body) const;

private:
  struct Loop {
    Extent extent;
    int64_t tile; // kDynamic: all of it
  };
  llvm::SmallVector<Loop, 6> loops;
};

/// Whether every operand and result sees loops `outer` and `inner` as one: neighbouring dimensions, or both absent, and
/// no index taken.
bool canCollapse(const KernelView &kernel, const KernelGeneric &generic, unsigned outer, unsigned inner);

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_STRATEGIES_BLOCKSPACE_H
