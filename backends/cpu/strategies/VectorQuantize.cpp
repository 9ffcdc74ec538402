// Nearest codes: a block is a strip of rows, one a lane, copied to scratch once; every code's products with the strip
// come from the micro kernel, and the best score and its code stay in registers.
#include "backends/cpu/BodyWriter.h"
#include "backends/cpu/MicroKernel.h"
#include "backends/cpu/strategies/BlockSpace.h"
#include "backends/cpu/strategies/Strategy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

namespace {

/// One block: the rows from `row` on, one a lane.
class CodeBlock {
public:
  CodeBlock(Emitter &emitter, ArrayRef<LoopRange> ranges);
  void emit();

private:
  Point at(Value last, size_t numLoops) const;
  void packRows();
  Value chooseCodes();
  SmallVector<Value> compareTile(Value first, ValueRange carried);
  void storeCodes(Value codes);
  void emitEpilogue(Value codes);
  SmallVector<Value> emitColumn(Value codes, Value k, ValueRange sums);

  Emitter &emitter;
  const KernelView &kernel;
  const GemmForm &form;
  int64_t lanes;
  SmallVector<Value, 2> batch;
  Value row, mask; // null: all rows exist
  Value N, K;
};

} // namespace

static LogicalResult emitVectorQuantize(Emitter &emitter, CompiledKernel &compiled) {
  const KernelView &kernel = emitter.kernel;
  int64_t lanes = emitter.target.tileColumns;
  BlockSpace blocks;
  for (unsigned loop : kernel.gemm.batch)
    blocks.addLoop(kernel.root.loops[loop], 1);
  blocks.addLoop(kernel.root.loops[kernel.gemm.m], lanes);
  compiled.grid = {blocks.getGrid()};
  const Extent &depth = kernel.root.loops[kernel.gemm.k];
  int64_t bytes = lanes * static_cast<int64_t>(sizeof(float));
  if (depth.isStatic())
    compiled.scratchBytes = bytes * depth.fixed;
  else
    compiled.scratchSizes.push_back({getGridFactor(depth), GridFactor{-1, bytes, 1}});
  blocks.emit(emitter, [&](ArrayRef<LoopRange> ranges) { CodeBlock(emitter, ranges).emit(); });
  return success();
}

CodeBlock::CodeBlock(Emitter &emitter, ArrayRef<LoopRange> ranges)
    : emitter(emitter), kernel(emitter.kernel), form(kernel.gemm), lanes(emitter.target.tileColumns),
      row(ranges.back().from), N(emitter.length(kernel.root.loops[form.n])),
      K(emitter.length(kernel.root.loops[form.k])) {
  for (const LoopRange &range : ranges.drop_back())
    batch.push_back(range.from);
  const Extent &rows = kernel.root.loops[form.m];
  if (!rows.isStatic() || rows.fixed % lanes != 0)
    mask = emitter.firstLanes(emitter.sub(ranges.back().to, row), lanes);
}

void CodeBlock::emit() {
  packRows();
  Value codes = chooseCodes();
  storeCodes(codes);
  if (kernel.epilogue)
    emitEpilogue(codes);
}

/// Lanes along the rows in a generic over batch, m and, as its last of `numLoops`, another loop.
Point CodeBlock::at(Value last, size_t numLoops) const {
  Point point;
  point.loops.append(batch.begin(), batch.end());
  point.loops.push_back(row);
  if (point.loops.size() < numLoops)
    point.loops.push_back(last);
  point.laneLoop = static_cast<int>(batch.size());
  point.lanes = lanes;
  point.mask = mask;
  return point;
}

/// Copies the rows to scratch as [K][lanes].
void CodeBlock::packRows() {
  const KernelOperand &rows = kernel.root.inputs[0];
  Point point;
  point.loops.resize(kernel.root.loops.size());
  for (auto [loop, index] : llvm::zip_equal(form.batch, batch))
    point.loops[loop] = index;
  point.loops[form.m] = row;
  point.laneLoop = static_cast<int>(form.m);
  point.lanes = lanes;
  point.mask = mask;
  emitter.loop(emitter.index(0), K, 1, [&](Value k) {
    point.loops[form.k] = k;
    Address address = emitter.address(kernel.buffers[rows.buffer], rows.map, point);
    emitter.storeVector(emitter.load(emitter.buffer(rows.buffer), address, point), emitter.scratch(),
                        emitter.mul(k, lanes));
  });
}

/// The code of each lane's row.
Value CodeBlock::chooseCodes() {
  SmallVector<Value> initial;
  for (const KernelResult &result : kernel.nearestCode.choice.results)
    initial.push_back(emitter.splat(result.neutral, lanes));
  return emitter
      .loop(emitter.index(0), N, emitter.target.tileRows, initial,
            [&](Value first, ValueRange carried) { return compareTile(first, carried); })
      .back();
}

/// Compares the codes from `first` on with the best so far, in order. Codes past the last repeat it, which is never
/// less than itself.
SmallVector<Value> CodeBlock::compareTile(Value first, ValueRange carried) {
  const KernelGeneric &choice = kernel.nearestCode.choice;
  ImplicitLocOpBuilder &b = emitter.b;
  TileOperands operands;
  operands.columns = lanes;
  operands.depth = K;
  operands.lhs = emitter.buffer(kernel.root.inputs[1].buffer);
  operands.rowStep = emitter.index(1);
  operands.rhs = emitter.scratch();
  operands.strip = emitter.index(0);
  operands.stripStep = emitter.index(lanes);
  SmallVector<Value> codes;
  for (int64_t i = 0; i < emitter.target.tileRows; ++i) {
    codes.push_back(emitter.min(emitter.add(first, emitter.index(i)), emitter.sub(N, emitter.index(1))));
    operands.rows.push_back(emitter.mul(codes.back(), K));
  }
  SmallVector<Value> products = emitMicroKernel(emitter, operands);
  Value best = carried[0], chosen = carried[1];
  for (auto [code, product] : llvm::zip_equal(codes, products)) {
    Point point = at(code, choice.loops.size());
    BodyWriter body(emitter, choice, point);
    body.bindProducer(cast<OpResult>(kernel.rootOp->getResult(0)), product);
    Value score = body.getVector(kernel.nearestCode.score);
    Value number = arith::IndexCastOp::create(b, b.getI32Type(), code);
    Value less = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, score, best);
    best = arith::SelectOp::create(b, less, score, best);
    chosen = arith::SelectOp::create(b, less, emitter.broadcast(number, lanes), chosen);
  }
  return {best, chosen};
}

void CodeBlock::storeCodes(Value codes) {
  const KernelResult &result = kernel.nearestCode.choice.results[1];
  Point point = at({}, kernel.nearestCode.choice.loops.size());
  emitter.storeResult(codes, result, point);
}

/// The epilogue runs along k, a vector of rows at a time.
void CodeBlock::emitEpilogue(Value codes) {
  const KernelGeneric &epilogue = *kernel.epilogue;
  SmallVector<Value> sums;
  for (const KernelResult &result : epilogue.results)
    if (result.reduced)
      sums.push_back(emitter.splat(result.neutral, lanes));
  sums = emitter.loop(emitter.index(0), K, 1, sums,
                      [&](Value k, ValueRange carried) { return emitColumn(codes, k, carried); });
  Point point = at({}, epilogue.loops.size());
  unsigned next = 0;
  for (const KernelResult &result : epilogue.results) {
    if (!result.reduced)
      continue;
    emitter.storeResult(sums[next++], result, point);
  }
}

/// One step of k: stores what is not summed, and returns the sums after it.
SmallVector<Value> CodeBlock::emitColumn(Value codes, Value k, ValueRange sums) {
  const KernelGeneric &epilogue = *kernel.epilogue;
  Point point = at(k, epilogue.loops.size());
  BodyWriter body(emitter, epilogue, point);
  body.bindProducer(cast<OpResult>(kernel.nearestCode.choice.op->getResult(1)), codes);
  SmallVector<Value> next;
  for (const KernelResult &result : epilogue.results) {
    if (result.reduced) {
      Value sum = sums[next.size()];
      OperationState state(emitter.b.getLoc(), result.combiner->getName(), {sum, body.getVector(result.term)},
                           {sum.getType()});
      state.propertiesAttr = result.combiner->getPropertiesAsAttribute();
      next.push_back(emitter.b.create(state)->getResult(0));
      continue;
    }
    emitter.storeResult(body.getVector(result.yielded), result, point);
  }
  return next;
}

const Strategy cpu::vectorQuantize{{"VectorQuantize", KernelForm::NearestCode, estimateProducts}, emitVectorQuantize};
