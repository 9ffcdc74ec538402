// Matrix products: strips of columns outside, rows inside, so that a strip of the right side stays in cache; the
// epilogue runs over rows of a finished tile.
#include "backends/cpu/Costs.h"
#include "backends/cpu/strategies/GemmBlock.h"
#include "backends/cpu/strategies/Strategy.h"
#include <cmath>

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

/// The packed strip and the copy of the left side; bytes where k is static, else a product with it.
static void stateScratch(const GemmBlock &block, const Emitter &emitter, CompiledKernel &compiled) {
  const KernelView &kernel = emitter.kernel;
  const Extent &depth = kernel.root.loops[kernel.gemm.k];
  auto state = [&](int64_t floatsPerStep, int64_t step) {
    if (floatsPerStep == 0)
      return;
    int64_t bytes = floatsPerStep * sizeof(float);
    if (depth.isStatic())
      compiled.scratchBytes += bytes * llvm::divideCeil(depth.fixed, step);
    else
      compiled.scratchSizes.push_back({getGridFactor(depth, step), GridFactor{-1, bytes, 1}});
  };
  state(block.getStripFloats(), emitter.target.vectorWidth);
  state(block.getCopyFloats(), 1);
}

static LogicalResult emitGemm(Emitter &emitter, CompiledKernel &compiled) {
  const KernelView &kernel = emitter.kernel;
  GemmBlock block(emitter);
  BlockSpace blocks;
  for (unsigned loop : kernel.gemm.batch)
    blocks.addLoop(kernel.root.loops[loop], 1);
  blocks.addLoop(kernel.root.loops[kernel.gemm.n], program::matrixPanel);
  int64_t rows = block.packsRhs() ? costs::packedGemmRows : costs::gemmRows;
  blocks.addLoop(kernel.root.loops[kernel.gemm.m], rows);
  block.setRows(rows);
  compiled.grid = {blocks.getGrid()};
  stateScratch(block, emitter, compiled);
  blocks.emit(emitter, [&](ArrayRef<LoopRange> ranges) { block.emit(ranges); });
  return success();
}

/// Columns are computed in whole panels, a multiplication and an addition each.
static Match matchGemm(const KernelView &kernel) {
  Match match = estimateProducts(kernel);
  if (!match.cost)
    return match;
  const Extent &columns = kernel.root.loops[kernel.gemm.n];
  double wanted = countIterations(columns), computed = std::ceil(wanted / program::matrixPanel) * program::matrixPanel;
  return {*match.cost * computed / std::max(wanted, 1.0), match.reason + ", columns in whole panels"};
}

const Strategy cpu::gemm{{"Gemm", KernelForm::Gemm, matchGemm}, emitGemm};
