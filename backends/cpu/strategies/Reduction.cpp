// Reductions: lanes along a reduced loop (rows: a tree joins the lanes at the end) or along a kept one (columns: each
// lane is a result).
#include "backends/cpu/BodyWriter.h"
#include "backends/cpu/Costs.h"
#include "backends/cpu/strategies/BlockSpace.h"
#include "backends/cpu/strategies/Strategy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

namespace {

class Reduction {
public:
  LogicalResult emit(Emitter &emitter, CompiledKernel &compiled);

private:
  int chooseLaneLoop(const KernelView &kernel) const;
  void addBlocks(const KernelView &kernel, BlockSpace &blocks) const;
  void emitKept(Emitter &emitter, ArrayRef<unsigned> order, ArrayRef<LoopRange> ranges, Point at);
  void emitPoint(Emitter &emitter, const Point &at);
  SmallVector<Value> emitReduced(Emitter &emitter, ArrayRef<unsigned> order, const Point &at, ValueRange accumulators);
  SmallVector<Value> emitElement(Emitter &emitter, const Point &at, ValueRange accumulators);
  void storeResults(Emitter &emitter, const Point &at, ValueRange accumulators);

  SmallVector<unsigned> kept, reduced; // loops, outermost first
  int lane = -1;
  int64_t width = 1;
  bool heavy = false;
};

} // namespace

/// How many operands and side results an iteration along `loop` would read or write at neighbouring addresses, less
/// those it would scatter over.
static int countUnitSteps(const KernelView &kernel, unsigned loop) {
  int count = 0;
  auto look = [&](AffineMap map) {
    std::optional<unsigned> position = map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
    if (position)
      count += *position + 1 == map.getNumResults() ? 1 : -1;
  };
  for (const KernelOperand &input : kernel.root.inputs)
    look(input.map);
  for (const KernelResult &result : kernel.root.results)
    if (!result.reduced)
      look(result.map);
  return count;
}

int Reduction::chooseLaneLoop(const KernelView &kernel) const {
  int best = -1, bestCount = 0;
  for (unsigned loop = 0; loop < kernel.root.loops.size(); ++loop) {
    int count = countUnitSteps(kernel, loop);
    if (best < 0 || count >= bestCount)
      best = loop, bestCount = count;
  }
  return best;
}

/// Kept loops cut so that a block reads about `costs::reductionBlock`; lanes along a kept loop are cut at whole vectors.
void Reduction::addBlocks(const KernelView &kernel, BlockSpace &blocks) const {
  int64_t length = 1;
  for (unsigned loop : reduced)
    length *= kernel.root.loops[loop].isStatic() ? std::max<int64_t>(kernel.root.loops[loop].fixed, 1) : 64;
  int64_t budget = std::max<int64_t>(costs::reductionBlock / length, 1);
  bool columns = llvm::is_contained(kept, static_cast<unsigned>(lane));
  if (columns)
    budget = std::clamp<int64_t>(llvm::alignTo(budget, width), width, 16 * width);
  SmallVector<Extent> extents;
  for (unsigned loop : kept)
    extents.push_back(kernel.root.loops[loop]);
  blocks.addLoops(extents, budget);
}

LogicalResult Reduction::emit(Emitter &emitter, CompiledKernel &compiled) {
  const KernelView &kernel = emitter.kernel;
  lane = chooseLaneLoop(kernel);
  heavy = isHeavy(kernel.root);
  // Two registers a value, for the sums of one would wait for each other; but a long body needs all registers itself.
  width = heavy ? emitter.target.vectorWidth : 2 * emitter.target.vectorWidth;
  for (unsigned loop = 0; loop < kernel.root.loops.size(); ++loop)
    (kernel.root.isReduction(loop) ? reduced : kept).push_back(loop);
  // The lane loop goes innermost among its kind.
  for (SmallVector<unsigned> *loops : {&kept, &reduced})
    if (auto it = llvm::find(*loops, static_cast<unsigned>(lane)); it != loops->end())
      std::rotate(it, it + 1, loops->end());
  BlockSpace blocks;
  addBlocks(kernel, blocks);
  compiled.grid = {blocks.getGrid()};
  blocks.emit(emitter, [&](ArrayRef<LoopRange> ranges) {
    Point at;
    at.loops.resize(kernel.root.loops.size());
    emitKept(emitter, kept, ranges, at);
  });
  return success();
}

void Reduction::emitKept(Emitter &emitter, ArrayRef<unsigned> order, ArrayRef<LoopRange> ranges, Point at) {
  if (order.empty())
    return emitPoint(emitter, at);
  unsigned loop = order[0];
  if (static_cast<int>(loop) != lane)
    return emitter.loop(ranges[0].from, ranges[0].to, 1, [&](Value index) {
      at.loops[loop] = index;
      emitKept(emitter, order.drop_front(), ranges.drop_front(), at);
    });
  emitter.laneLoop(
      ranges[0].from, ranges[0].to, width, {},
      [&](Value index, Value mask, ValueRange) {
        at.loops[loop] = index;
        at.laneLoop = lane;
        at.lanes = width;
        at.mask = mask;
        emitPoint(emitter, at);
        return SmallVector<Value>();
      },
      heavy);
}

/// Joins neighbouring halves until one lane is left: an order that depends on the width alone.
static Value joinLanes(Emitter &emitter, Operation *combiner, Value vector) {
  ImplicitLocOpBuilder &b = emitter.b;
  for (int64_t half = cast<VectorType>(vector.getType()).getDimSize(0) / 2; half > 0; half /= 2) {
    Value low = vector::ExtractStridedSliceOp::create(b, vector, {0}, {half}, {1});
    Value high = vector::ExtractStridedSliceOp::create(b, vector, {half}, {half}, {1});
    OperationState state(emitter.b.getLoc(), combiner->getName(), {low, high}, {low.getType()});
    state.propertiesAttr = combiner->getPropertiesAsAttribute();
    vector = b.create(state)->getResult(0);
  }
  return vector::ExtractOp::create(b, vector, ArrayRef<int64_t>{0});
}

/// All of one kept point (or of a vector of them): accumulates, then the epilogue.
void Reduction::emitPoint(Emitter &emitter, const Point &at) {
  bool rows = llvm::is_contained(reduced, static_cast<unsigned>(lane));
  SmallVector<Value> accumulators;
  for (const KernelResult &result : emitter.kernel.root.results)
    if (result.reduced)
      accumulators.push_back(emitter.splat(result.neutral, width));
  accumulators = emitReduced(emitter, reduced, at, accumulators);
  if (rows) {
    size_t index = 0;
    for (const KernelResult &result : emitter.kernel.root.results)
      if (result.reduced) {
        accumulators[index] = joinLanes(emitter, result.combiner, accumulators[index]);
        ++index;
      }
  }
  storeResults(emitter, at, accumulators);
}

SmallVector<Value> Reduction::emitReduced(Emitter &emitter, ArrayRef<unsigned> order, const Point &at,
                                          ValueRange accumulators) {
  if (order.empty())
    return emitElement(emitter, at, accumulators);
  const KernelGeneric &root = emitter.kernel.root;
  Value length = emitter.length(root.loops[order[0]]);
  size_t joined = 1;
  while (joined < order.size() && canCollapse(emitter.kernel, root, order[joined - 1], order[joined]))
    length = emitter.mul(length, emitter.length(root.loops[order[joined++]]));
  unsigned loop = order[joined - 1];
  Point inner = at;
  auto next = [&](Value index, ValueRange carried) {
    inner.loops[loop] = index;
    return emitReduced(emitter, order.drop_front(joined), inner, carried);
  };
  if (static_cast<int>(loop) != lane)
    return emitter.loop(emitter.index(0), length, 1, accumulators, next);
  inner.laneLoop = lane;
  inner.lanes = width;
  return emitter.laneLoop(
      emitter.index(0), length, width, accumulators,
      [&](Value index, Value mask, ValueRange carried) {
        inner.mask = mask;
        return next(index, carried);
      },
      heavy);
}

/// One step: stores side results, and adds to the accumulators.
SmallVector<Value> Reduction::emitElement(Emitter &emitter, const Point &at, ValueRange accumulators) {
  const KernelGeneric &root = emitter.kernel.root;
  ImplicitLocOpBuilder &b = emitter.b;
  BodyWriter body(emitter, root, at);
  SmallVector<Value> next, sides;
  size_t index = 0;
  bool masked = at.mask && llvm::is_contained(reduced, static_cast<unsigned>(lane));
  for (const KernelResult &result : root.results) {
    if (!result.reduced) {
      sides.push_back(result.buffers.empty() ? Value() : body.get(result.yielded));
      continue;
    }
    Value accumulator = accumulators[index++], term = body.getVector(result.term);
    OperationState state(emitter.b.getLoc(), result.combiner->getName(), {accumulator, term}, {accumulator.getType()});
    state.propertiesAttr = result.combiner->getPropertiesAsAttribute();
    Value sum = b.create(state)->getResult(0);
    // Lanes that don't exist keep what they have.
    next.push_back(masked ? arith::SelectOp::create(b, at.mask, sum, accumulator).getResult() : sum);
  }
  size_t side = 0;
  for (const KernelResult &result : root.results)
    if (!result.reduced)
      emitter.storeResult(sides[side++], result, at);
  return next;
}

/// The place among the loops that the root keeps, in order: the epilogue's.
static Point dropFolded(const KernelGeneric &root, const Point &at) {
  Point kept;
  kept.lanes = at.lanes;
  kept.mask = at.mask;
  for (unsigned loop = 0; loop < root.loops.size(); ++loop) {
    if (root.isReduction(loop))
      continue;
    if (static_cast<int>(loop) == at.laneLoop)
      kept.laneLoop = static_cast<int>(kept.loops.size());
    kept.loops.push_back(at.loops[loop]);
  }
  return kept;
}

void Reduction::storeResults(Emitter &emitter, const Point &at, ValueRange accumulators) {
  const KernelView &kernel = emitter.kernel;
  SmallVector<std::pair<unsigned, Value>> totals; // by the root's result
  for (auto [number, result] : llvm::enumerate(kernel.root.results))
    if (result.reduced)
      totals.push_back({number, accumulators[totals.size()]});
  if (kernel.epilogue) {
    BodyWriter body(emitter, *kernel.epilogue, dropFolded(kernel.root, at));
    for (auto [number, total] : totals)
      body.bindProducer(cast<OpResult>(kernel.rootOp->getResult(number)), total);
    body.storeResults();
  }
  for (auto [number, total] : totals)
    emitter.storeResult(total, kernel.root.results[number], at);
}

static LogicalResult emitReduction(Emitter &emitter, CompiledKernel &compiled) {
  return Reduction().emit(emitter, compiled);
}

const Strategy cpu::reduction{{"Reduction", KernelForm::Reduction, estimateOperations}, emitReduction};
