// Elementwise kernels of any rank: loops in the order of the first result, neighbours joined where every operand
// allows, lanes innermost.
#include "backends/cpu/BodyWriter.h"
#include "backends/cpu/Costs.h"
#include "backends/cpu/strategies/BlockSpace.h"
#include "backends/cpu/strategies/Strategy.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

namespace {

class Elementwise {
public:
  LogicalResult emit(Emitter &emitter, CompiledKernel &compiled);

private:
  void emitNest(Emitter &emitter, ArrayRef<unsigned> order, ArrayRef<LoopRange> ranges, Point at);
  void emitElements(Emitter &emitter, const Point &at);
};

} // namespace

LogicalResult Elementwise::emit(Emitter &emitter, CompiledKernel &compiled) {
  const KernelGeneric &root = emitter.kernel.root;
  AffineMap first = root.results[0].map;
  SmallVector<unsigned> order;
  SmallVector<Extent> extents;
  for (AffineExpr expr : first.getResults())
    if (auto loop = dyn_cast<AffineDimExpr>(expr)) {
      order.push_back(loop.getPosition());
      extents.push_back(root.loops[loop.getPosition()]);
    }
  BlockSpace blocks;
  blocks.addLoops(extents, costs::elementwiseBlock);
  compiled.grid = {blocks.getGrid()};
  blocks.emit(emitter, [&](ArrayRef<LoopRange> ranges) {
    Point at;
    at.loops.resize(root.loops.size());
    emitNest(emitter, order, ranges, at);
  });
  return success();
}

/// Writes the loops `order` over `ranges`, outermost first.
void Elementwise::emitNest(Emitter &emitter, ArrayRef<unsigned> order, ArrayRef<LoopRange> ranges, Point at) {
  if (order.empty())
    return emitElements(emitter, at);
  // A run of loops that are one: ranges of the inner ones are whole, so their joint range is that of the outermost,
  // scaled.
  LoopRange range = ranges[0];
  size_t joined = 1;
  while (joined < order.size() && canCollapse(emitter.kernel, emitter.kernel.root, order[joined - 1], order[joined]) &&
         getConstantIntValue(ranges[joined].from) == 0) {
    range = {emitter.mul(range.from, ranges[joined].to), emitter.mul(range.to, ranges[joined].to)};
    ++joined;
  }
  unsigned loop = order[joined - 1];
  if (joined == order.size()) {
    at.laneLoop = loop;
    emitter.laneLoop(
        range.from, range.to, emitter.target.vectorWidth, {},
        [&](Value index, Value mask, ValueRange) {
          at.loops[loop] = index;
          at.lanes = emitter.target.vectorWidth;
          at.mask = mask;
          emitElements(emitter, at);
          return SmallVector<Value>();
        },
        isHeavy(emitter.kernel.root));
    return;
  }
  emitter.loop(range.from, range.to, 1, [&](Value index) {
    at.loops[loop] = index;
    emitNest(emitter, order.drop_front(joined), ranges.drop_front(joined), at);
  });
}

void Elementwise::emitElements(Emitter &emitter, const Point &at) {
  BodyWriter(emitter, emitter.kernel.root, at).storeResults();
}

static LogicalResult emitElementwise(Emitter &emitter, CompiledKernel &compiled) {
  return Elementwise().emit(emitter, compiled);
}

const Strategy cpu::elementwise{{"Elementwise", KernelForm::Elementwise, estimateOperations}, emitElementwise};
