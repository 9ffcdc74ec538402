// Extractions whose lanes are neighbours in memory: loads in place of gathers.
#include "backends/cpu/BodyWriter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

//===-- Lines ------------------------------------------------------------------===//

const std::optional<BodyWriter::Line> &BodyWriter::line(Value value) {
  auto [entry, fresh] = lines.try_emplace(value.getAsOpaquePointer());
  if (fresh)
    entry->second = findLine(value);
  return entry->second;
}

std::optional<BodyWriter::Line> BodyWriter::findLine(Value value) {
  if (!value.getType().isIntOrIndex() || value.getType().isInteger(1))
    return std::nullopt;
  if (Operation *op = value.getDefiningOp()) {
    auto loop = dyn_cast<linalg::IndexOp>(op);
    if (loop && static_cast<int64_t>(loop.getDim()) == at.laneLoop)
      return Line{at.loops[at.laneLoop] ? at.loops[at.laneLoop] : emitter.index(0), at.step, {}};
    if (std::optional<Line> found = findLineOfArithmetic(op))
      return found;
  }
  Value same = get(value);
  return isa<VectorType>(same.getType()) ? std::nullopt : std::optional<Line>({same, 0, {}});
}

std::optional<BodyWriter::Line> BodyWriter::findLineOfSelect(arith::SelectOp select) {
  std::optional<Line> result = line(select.getTrueValue());
  Value condition = get(select.getCondition());
  if (!result)
    return std::nullopt;
  if (isa<VectorType>(condition.getType())) {
    result->guards.insert(select.getCondition());
    return result;
  }
  const std::optional<Line> &other = line(select.getFalseValue());
  if (!other || other->step != result->step)
    return std::nullopt;
  result->start = emitter.select(condition, result->start, other->start);
  result->guards.insert_range(other->guards);
  return result;
}

/// Sums, and products with constants; quotients where lanes share one, or each has the next. What is divided is not
/// negative.
std::optional<BodyWriter::Line> BodyWriter::combineLines(Operation *op, const Line &a, const Line &b) {
  std::optional<int64_t> left = getConstantIntValue(a.start), right = getConstantIntValue(b.start);
  bool uniform = a.step == 0 && b.step == 0;
  if (isa<arith::AddIOp>(op))
    return Line{emitter.add(a.start, b.start), a.step + b.step, {}};
  if (isa<arith::SubIOp>(op))
    return Line{emitter.sub(a.start, b.start), a.step - b.step, {}};
  if (isa<arith::MulIOp>(op) && (uniform || (b.step == 0 && right)))
    return Line{emitter.mul(a.start, b.start), uniform ? 0 : a.step * *right, {}};
  if (isa<arith::MulIOp>(op) && a.step == 0 && left)
    return Line{emitter.mul(a.start, b.start), b.step * *left, {}};
  if (isa<arith::DivUIOp>(op) && (uniform || (b.step == 0 && right == a.step && a.guards.empty())))
    return Line{emitter.div(a.start, b.start), uniform ? 0 : 1, {}};
  return std::nullopt;
}

std::optional<BodyWriter::Line> BodyWriter::findLineOfArithmetic(Operation *op) {
  if (isa<arith::IndexCastOp>(op)) {
    std::optional<Line> result = line(op->getOperand(0));
    if (result)
      result->start = emitter.cast(result->start, op->getResult(0).getType());
    return result;
  }
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return findLineOfSelect(select);
  if (op->getNumOperands() != 2)
    return std::nullopt;
  const std::optional<Line> &a = line(op->getOperand(0)), &b = line(op->getOperand(1));
  if (!a || !b)
    return std::nullopt;
  std::optional<Line> result = combineLines(op, *a, *b);
  if (result) {
    result->guards = a->guards;
    result->guards.insert_range(b->guards);
  }
  return result;
}

//===-- Extractions -------------------------------------------------------------===//

static void addConditions(Value condition, llvm::SmallDenseSet<Value> &conditions) {
  conditions.insert(condition);
  if (auto both = condition.getDefiningOp<arith::AndIOp>())
    for (Value part : both->getOperands())
      addConditions(part, conditions);
}

/// Whether nothing reads what the op extracts where one of the conditions does not hold.
static bool isUnreadUnless(Operation *extract, ArrayRef<Value> conditions) {
  return llvm::all_of(extract->getUses(), [&](OpOperand &use) {
    auto select = dyn_cast<arith::SelectOp>(use.getOwner());
    llvm::SmallDenseSet<Value> known;
    if (select && use.getOperandNumber() == 1)
      addConditions(select.getCondition(), known);
    return llvm::all_of(conditions, [&](Value condition) { return known.contains(condition); });
  });
}

/// The extraction as a load of neighbours, or of every second element; null where its lanes lie otherwise.
Value BodyWriter::extractRun(Operation *op) {
  auto extract = cast<tensor::ExtractOp>(op);
  int64_t slot = emitter.kernel.getBuffer(extract.getTensor()), step = 0;
  Value element = emitter.index(0);
  llvm::SmallSetVector<Value, 2> guards;
  for (auto [dim, index] : llvm::enumerate(extract.getIndices())) {
    const std::optional<Line> &found = line(index);
    Value stride = emitter.stride(emitter.kernel.buffers[slot], dim);
    std::optional<int64_t> fixed = getConstantIntValue(stride);
    if (!found || (found->step != 0 && !fixed))
      return {};
    element = emitter.add(element, emitter.mul(found->start, stride));
    step += found->step == 0 ? 0 : found->step * *fixed;
    guards.insert_range(found->guards);
  }
  if ((step != 1 && step != 2) || !isUnreadUnless(op, guards.getArrayRef()))
    return {};
  Value mask = at.mask;
  for (Value guard : guards)
    mask = mask ? emitter.both(mask, get(guard)) : get(guard);
  return step == 1 ? emitter.loadVector(emitter.buffer(slot), element, at.lanes, mask)
                   : emitter.loadAlternate(emitter.buffer(slot), element, at.lanes, mask);
}

/// The even or odd lanes of a mask. Of a mask of first lanes, half are counted: that is cheap, shuffling bits is not.
static Value halveMask(Emitter &emitter, Value mask, int64_t phase, int64_t width) {
  auto first = mask ? mask.getDefiningOp<vector::CreateMaskOp>() : vector::CreateMaskOp();
  if (!first)
    return mask ? emitter.alternate(mask, phase) : Value();
  Value count = emitter.add(first.getOperand(0), emitter.index(1 - phase));
  return emitter.firstLanes(emitter.div(count, emitter.index(2)), width);
}

/// The extraction as two, of even and of odd lanes: where an index is halved, each of them is a run. Null where it is
/// not.
Value BodyWriter::extractByPhases(Operation *op) {
  auto halves = [&](Operation &division) {
    return isa<arith::DivUIOp>(division) && getConstantIntValue(division.getOperand(1)) == 2 &&
           dependsOnLoop(generic, division.getOperand(0), at.laneLoop);
  };
  if (readsProducer || at.step != 1 || !llvm::any_of(generic.body(), halves))
    return {};
  for (int64_t phase = phases.size(); phase < 2; ++phase) {
    Point half = at;
    half.loops[at.laneLoop] = emitter.add(at.loops[at.laneLoop], emitter.index(phase));
    half.step = 2;
    half.lanes = at.lanes / 2;
    half.mask = halveMask(emitter, at.mask, phase, half.lanes);
    phases.push_back(std::make_unique<BodyWriter>(emitter, generic, half));
  }
  Value even = phases[0]->extractRun(op), odd = phases[1]->extractRun(op);
  return even && odd ? emitter.interleave(even, odd) : Value();
}
