// Cuts loops into blocks, and tells which loops are one.
#include "backends/cpu/strategies/BlockSpace.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

void BlockSpace::addLoops(ArrayRef<Extent> extents, int64_t budget) {
  SmallVector<Loop, 6> added;
  for (const Extent &extent : llvm::reverse(extents)) {
    bool whole = extent.isStatic() && extent.fixed <= budget;
    added.push_back({extent, whole ? ShapedType::kDynamic : budget});
    budget = whole ? budget / std::max<int64_t>(extent.fixed, 1) : 1;
  }
  llvm::append_range(loops, llvm::reverse(added));
}

GridAxis BlockSpace::getGrid() const {
  GridAxis axis;
  for (const Loop &loop : loops)
    if (!ShapedType::isDynamic(loop.tile))
      axis.factors.push_back(getGridFactor(loop.extent, loop.tile));
  if (axis.factors.empty())
    axis.factors.push_back({});
  return axis;
}

void BlockSpace::emit(Emitter &emitter, function_ref<void(ArrayRef<LoopRange>)> body) const {
  emitter.loop(emitter.begin, emitter.end, 1, [&](Value block) {
    SmallVector<LoopRange> ranges(loops.size());
    for (size_t index = loops.size(); index-- > 0;) {
      const Loop &loop = loops[index];
      Value length = emitter.length(loop.extent);
      if (ShapedType::isDynamic(loop.tile) || (loop.extent.isStatic() && loop.extent.fixed <= loop.tile)) {
        ranges[index] = {emitter.index(0), length};
        continue;
      }
      Value count = emitter.ceilDiv(length, loop.tile);
      Value from = emitter.mul(emitter.rem(block, count), loop.tile);
      block = emitter.div(block, count);
      Value to = emitter.add(from, emitter.index(loop.tile));
      bool exact = loop.extent.isStatic() && loop.extent.fixed % loop.tile == 0;
      ranges[index] = {from, exact || loop.tile == 1 ? to : emitter.min(to, length)};
    }
    body(ranges);
  });
}

bool cpu::canCollapse(const KernelView &kernel, const KernelGeneric &generic, unsigned outer, unsigned inner) {
  auto contiguous = [&](AffineMap map) {
    std::optional<unsigned> p, q;
    MLIRContext *context = map.getContext();
    p = map.getResultPosition(getAffineDimExpr(outer, context));
    q = map.getResultPosition(getAffineDimExpr(inner, context));
    return (!p && !q) || (p && q && *p + 1 == *q);
  };
  for (const KernelOperand &input : generic.inputs)
    if (!contiguous(input.map))
      return false;
  for (const KernelResult &result : generic.results)
    if (!contiguous(result.map))
      return false;
  WalkResult walk = generic.body().walk([&](linalg::IndexOp index) {
    return index.getDim() == outer || index.getDim() == inner ? WalkResult::interrupt() : WalkResult::advance();
  });
  (void)kernel;
  return !walk.wasInterrupted();
}
