// Matrix products: strips of columns outside, rows inside, so that a strip of the right side stays in cache; the
// epilogue runs over rows of a finished tile.
#include "backends/cpu/Costs.h"
#include "backends/cpu/strategies/GemmBlock.h"
#include "backends/cpu/strategies/Strategy.h"
#include "runtime/abi/kernel.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

namespace {

class Gemm : public Strategy {
public:
  StringRef getName() const override { return "Gemm"; }
  LogicalResult emit(Emitter &emitter, CompiledKernel &compiled) override;

private:
  void stateScratch(const GemmBlock &block, const Emitter &emitter, CompiledKernel &compiled) const;
};

} // namespace

LogicalResult Gemm::emit(Emitter &emitter, CompiledKernel &compiled) {
  const Kernel &kernel = emitter.kernel;
  GemmBlock block(emitter);
  BlockSpace blocks;
  for (unsigned loop : kernel.gemm.batch)
    blocks.addLoop(kernel.root.loops[loop], 1);
  blocks.addLoop(kernel.root.loops[kernel.gemm.n], VAE_PANEL_WIDTH);
  int64_t rows = block.packsRhs() ? costs::packedGemmRows : costs::gemmRows;
  blocks.addLoop(kernel.root.loops[kernel.gemm.m], rows);
  block.setRows(rows);
  compiled.grid = {blocks.getGrid()};
  stateScratch(block, emitter, compiled);
  blocks.emit(emitter, [&](ArrayRef<LoopRange> ranges) { block.emit(ranges); });
  return success();
}

/// The packed strip and the copy of the left side; bytes where k is static, else a product with it.
void Gemm::stateScratch(const GemmBlock &block, const Emitter &emitter, CompiledKernel &compiled) const {
  const Kernel &kernel = emitter.kernel;
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

std::unique_ptr<Strategy> cpu::createGemm() { return std::make_unique<Gemm>(); }
