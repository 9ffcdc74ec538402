// Strategy for kernels that reduce over some loops: a few threads share each output and join their parts in a fixed
// tree.
#include "backends/vulkan/BodyWriter.h"
#include "backends/vulkan/Costs.h"
#include "backends/vulkan/strategies/Strategy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

namespace {

/// How a workgroup's threads share the work: `outputs` at a time, `parts` threads for each.
struct Division {
  bool alongRows; // the innermost loop is reduced, so neighbouring threads share an output; else they have neighbouring
                  // outputs
  int lanes;      // elements a thread takes at once, along the innermost loop
  int64_t parts, outputs;

  int outputLanes() const { return alongRows ? 1 : lanes; }
  int partLanes() const { return alongRows ? lanes : 1; }
};

class ReductionEmitter {
public:
  explicit ReductionEmitter(const KernelView &kernel);
  Shader emit();

private:
  Division divide() const;
  void emitBlock(Value block);
  SmallVector<Value> accumulate(Value output, Value part, Value valid);
  SmallVector<Value> iterate(ValueRange outputIndices, Value position, ValueRange carried);
  void join(MutableArrayRef<Value> totals, Value part);
  void finishOutput(Value output, ArrayRef<Value> totals);
  Value sumLanes(const KernelResult &result, Value vector);
  SmallVector<Value> assemble(ValueRange outputIndices, ValueRange reducedIndices) const;

  const KernelView &kernel;
  const KernelGeneric &root;
  SmallVector<Extent> kept, reduced; // lengths of the loops that stay and of those that go
  SmallVector<const KernelResult *> totals;
  Division division;
  Emitter shader;
  SmallVector<Value> shared; // one array a total
};

} // namespace

static SmallVector<Extent> selectLoops(const KernelGeneric &generic, bool reduction) {
  SmallVector<Extent> result;
  for (auto [loop, extent] : llvm::enumerate(generic.loops))
    if (generic.isReduction(loop) == reduction)
      result.push_back(extent);
  return result;
}

ReductionEmitter::ReductionEmitter(const KernelView &kernel)
    : kernel(kernel), root(kernel.root), kept(selectLoops(root, false)), reduced(selectLoops(root, true)),
      division(divide()), shader(kernel, {static_cast<int32_t>(division.parts * division.outputs), 1, 1}) {
  for (const KernelResult &result : root.results)
    if (result.reduced)
      totals.push_back(&result);
}

Division ReductionEmitter::divide() const {
  Division result;
  result.alongRows = root.isReduction(root.loops.size() - 1);
  result.lanes = getLanes(root);
  int64_t length = 1;
  for (const Extent &extent : reduced)
    length = extent.isStatic() && length > 0 ? length * extent.fixed : 0; // 0: known at run time only
  int64_t steps = length / result.partLanes(), threads = costs::groupThreads;
  if (length > 0 && steps <= costs::stepsAlone)
    result.parts = 1;
  else if (kept.empty())
    result.parts = threads = costs::wholeReductionParts;
  else if (!result.alongRows)
    result.parts = costs::columnParts;
  else
    result.parts = length > 0 ? std::min<int64_t>(costs::rowParts, llvm::PowerOf2Ceil(steps) / 2) : costs::openRowParts;
  result.outputs = threads / result.parts;
  return result;
}

/// Indices of the root's loops from those of its kept and its reduced ones.
SmallVector<Value> ReductionEmitter::assemble(ValueRange outputIndices, ValueRange reducedIndices) const {
  SmallVector<Value> indices;
  size_t nextKept = 0, nextReduced = 0;
  for (size_t loop = 0; loop < root.loops.size(); ++loop)
    indices.push_back(root.isReduction(loop) ? reducedIndices[nextReduced++] : outputIndices[nextKept++]);
  return indices;
}

/// One step of the accumulation: the carried values joined with those at a position of the reduced loops; side results
/// are written.
SmallVector<Value> ReductionEmitter::iterate(ValueRange outputIndices, Value position, ValueRange carried) {
  Point point;
  point.loops = assemble(outputIndices, shader.split(position, reduced));
  point.lanes = division.lanes;
  point.laneLoop = division.lanes > 1 ? static_cast<int>(root.loops.size()) - 1 : -1;
  BodyWriter body(shader, root, point);
  for (auto [total, value] : llvm::zip_equal(totals, carried))
    body.bind(total->accumulator, value);
  SmallVector<Value> next;
  for (const KernelResult &result : root.results) {
    Value value = body.get(result.yielded);
    if (result.reduced)
      next.push_back(division.lanes > 1 ? shader.splat(value) : value);
  }
  for (const KernelResult &result : root.results)
    if (!result.reduced)
      body.store(result);
  return next;
}

/// One thread's part of an output: every parts-th step of the reduced loops.
SmallVector<Value> ReductionEmitter::accumulate(Value output, Value part, Value valid) {
  SmallVector<Value> initial;
  for (const KernelResult *total : totals) {
    Value neutral = arith::ConstantOp::create(shader.b, total->neutral);
    initial.push_back(division.lanes > 1 ? shader.splat(neutral) : neutral);
  }
  SmallVector<Value> outputIndices = shader.split(output, kept);
  int64_t unit = division.partLanes();
  Value steps = shader.div(shader.volume(reduced), unit);
  // Threads without an output take no step, but meet the others at the barriers.
  Value end = arith::SelectOp::create(shader.b, valid, steps, shader.index(0));
  SmallVector<Value> sums =
      shader.loop(part, end, shader.index(division.parts), initial, [&](Value step, ValueRange carried) {
        return iterate(outputIndices, shader.mul(step, shader.index(unit)), carried);
      });
  if (unit > 1)
    for (auto [total, sum] : llvm::zip_equal(totals, sums))
      sum = sumLanes(*total, sum);
  return sums;
}

Value ReductionEmitter::sumLanes(const KernelResult &result, Value vector) {
  BodyWriter body(shader, root, Point());
  auto pair = [&](int a, int b) { return body.combine(result, shader.lane(vector, a), shader.lane(vector, b)); };
  Value low = pair(0, 1), high = pair(2, 3);
  return body.combine(result, low, high);
}

/// Joins the parts of each output: halves meet until the first part has the whole.
void ReductionEmitter::join(MutableArrayRef<Value> values, Value part) {
  Value thread = shader.threadId(0);
  for (auto [array, value] : llvm::zip_equal(shared, values))
    shader.storeShared(array, value, thread);
  shader.barrier();
  int64_t distance = division.alongRows ? 1 : division.outputs;
  for (int64_t half = division.parts / 2; half > 0; half /= 2) {
    shader.when(shader.lessThan(part, shader.index(half)), [&] {
      Value other = shader.add(thread, shader.index(half * distance));
      for (auto [total, array] : llvm::zip_equal(totals, shared)) {
        BodyWriter body(shader, root, Point());
        shader.storeShared(
            array, body.combine(*total, shader.loadShared(array, thread), shader.loadShared(array, other)), thread);
      }
    });
    shader.barrier();
  }
  for (auto [array, value] : llvm::zip_equal(shared, values))
    value = shader.loadShared(array, thread);
}

/// Writes the totals of one output, or of four, and what the epilogue makes of them.
void ReductionEmitter::finishOutput(Value output, ArrayRef<Value> values) {
  SmallVector<Value> outputIndices = shader.split(output, kept);
  Point point;
  point.loops = outputIndices;
  point.lanes = division.outputLanes();
  point.laneLoop = point.lanes > 1 ? static_cast<int>(kept.size()) - 1 : -1;
  point.flat = output;
  Point rootPoint = point;
  rootPoint.flat = Value();
  rootPoint.loops = assemble(outputIndices, SmallVector<Value>(reduced.size(), shader.index(0)));
  rootPoint.laneLoop = point.lanes > 1 ? static_cast<int>(root.loops.size()) - 1 : -1;
  BodyWriter rootBody(shader, root, rootPoint);
  for (auto [total, value] : llvm::zip_equal(totals, values))
    rootBody.bind(total->yielded, value);
  if (kernel.epilogue) {
    BodyWriter body(shader, *kernel.epilogue, point);
    for (auto [index, result] : llvm::enumerate(root.results))
      if (result.reduced)
        body.bindProducer(cast<OpResult>(root.op->getResult(index)), rootBody.get(result.yielded));
    body.storeResults();
  }
  for (const KernelResult *total : totals)
    rootBody.store(*total);
}

/// One workgroup's outputs of one block.
void ReductionEmitter::emitBlock(Value block) {
  Value thread = shader.threadId(0), parts = shader.index(division.parts), outputs = shader.index(division.outputs);
  Value part = division.alongRows ? shader.rem(thread, parts) : shader.div(thread, outputs);
  Value within = division.alongRows ? shader.div(thread, parts) : shader.rem(thread, outputs);
  Value unit = shader.add(shader.mul(block, outputs), within);
  Value output = shader.mul(unit, shader.index(division.outputLanes()));
  Value valid = shader.lessThan(output, shader.volume(kept));
  SmallVector<Value> values = accumulate(output, part, valid);
  if (division.parts > 1)
    join(values, part);
  Value first = arith::CmpIOp::create(shader.b, arith::CmpIPredicate::eq, part, shader.index(0));
  shader.when(arith::AndIOp::create(shader.b, valid, first), [&] { finishOutput(output, values); });
}

Shader ReductionEmitter::emit() {
  if (division.parts > 1)
    for (const KernelResult *total : totals) {
      Type element = division.outputLanes() > 1 ? VectorType::get(4, total->element) : total->element;
      shared.push_back(shader.allocateShared(division.parts * division.outputs, element));
    }
  int64_t capacity = division.outputs * division.outputLanes();
  shader.blocks(0, shader.ceilDiv(shader.volume(kept), capacity), [&](Value block) { emitBlock(block); });
  return shader.finish({getFlatGrid(kept, capacity)});
}

/// Rows, columns or whole tensors; several results; side results of every iteration; an epilogue on the reduced values.
/// The order of additions depends on the shapes only.
static Shader emitReduction(const KernelView &kernel) { return ReductionEmitter(kernel).emit(); }

const Strategy vulkan::reduction{{"Reduction", KernelForm::Reduction, estimateOperations}, emitReduction};
