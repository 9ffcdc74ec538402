// SinkReshapes: elementwise ops and folds work on what a reshape reads, and the reshape follows them.
#include "ir/ops/Model.h"
#include "ir/ops/Shapes.h"
#include "passes/Passes.h"
#include "passes/fused/ReshapeAxes.h"
#include "passes/fused/Sinker.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_SINKRESHAPES
#include "passes/Passes.h.inc"
} // namespace vae

namespace {

/// Moves one op before a reshape that it reads.
class ReshapeSinker : Sinker {
public:
  ReshapeSinker(Operation *op, ReshapeOp reshape, const ReshapeAxes &axes) : Sinker(op, reshape.getX()), axes(axes) {}
  bool sinkElementwise();
  bool sinkFold(ReductionOpInterface fold);

private:
  bool fits(Value operand) const;
  std::optional<Shape> getInnerShape(const Shape &operand) const;
  Value convert(Value operand) override;
  Value restore(Value made) override { return tensors.reshape(made, axes.outer); }

  const ReshapeAxes &axes;
};

} // namespace

/// The shape that broadcasts to the inner one as `operand` does to the outer one; none where it repeats within a block.
std::optional<Shape> ReshapeSinker::getInnerShape(const Shape &operand) const {
  size_t missing = axes.outer.size() - operand.size();
  Shape result(axes.inner.size(), Size(1));
  for (const AxisBlock &block : axes.blocks) {
    bool repeats = true, spans = true;
    for (size_t axis : block.outer) {
      Size own = axis < missing ? Size(1) : operand[axis - missing];
      repeats &= own == Size(1);
      spans &= own == axes.outer[axis];
    }
    if (!repeats && !spans)
      return std::nullopt;
    if (!repeats)
      for (size_t axis : block.inner)
        result[axis] = axes.inner[axis];
  }
  return result;
}

/// Whether the operand may be read under the inner shape at no cost: not where that would store what need not be, or
/// hide a parameter from its update.
bool ReshapeSinker::fits(Value operand) const {
  Shape shape = getShape(operand);
  if (shape != axes.outer)
    return getInnerShape(shape).has_value();
  Operation *producer = operand.getDefiningOp();
  if (auto broadcast = dyn_cast_or_null<BroadcastOp>(producer))
    return getInnerShape(getShape(broadcast.getX())).has_value();
  if (auto other = dyn_cast_or_null<ReshapeOp>(producer))
    return getShape(other.getX()) == axes.inner || isHost(producer);
  return !producer || !isa<ScalarBodyOpInterface, ReadOp>(producer);
}

/// The operand under the inner shape.
Value ReshapeSinker::convert(Value operand) {
  Shape shape = getShape(operand);
  if (shape.empty())
    return operand;
  if (shape != axes.outer)
    return tensors.reshape(operand, *getInnerShape(shape));
  if (auto broadcast = operand.getDefiningOp<BroadcastOp>()) {
    Value source = broadcast.getX();
    if (!getShape(source).empty())
      source = tensors.reshape(source, *getInnerShape(getShape(source)));
    return tensors.broadcast(source, axes.inner);
  }
  auto other = operand.getDefiningOp<ReshapeOp>();
  return other && getShape(other.getX()) == axes.inner ? other.getX() : tensors.reshape(operand, axes.inner);
}

bool ReshapeSinker::sinkElementwise() {
  if (!llvm::all_of(op->getOperands(), [&](Value operand) { return fits(operand); }))
    return false;
  moveElementwise();
  return true;
}

/// A fold over whole blocks folds the same elements in the same order.
bool ReshapeSinker::sinkFold(ReductionOpInterface fold) {
  SmallVector<int64_t> folded = fold.getReducedAxes(), inner;
  for (const AxisBlock &block : axes.blocks) {
    size_t count = llvm::count_if(block.outer, [&](size_t axis) { return llvm::is_contained(folded, axis); });
    if (count != 0 && count != block.outer.size())
      return false;
    if (count != 0)
      inner.append(block.inner.begin(), block.inner.end());
  }
  replaceFold(fold.buildReduction(builder, op->getLoc(), from, inner));
  return true;
}

/// Moves the op before one of the reshapes that it reads; true where it is not needed any more.
static bool sink(Operation *op) {
  auto fold = dyn_cast<ReductionOpInterface>(op);
  if (!fold && !ignoresShape(op))
    return false;
  for (Value operand : op->getOperands()) {
    auto reshape = operand.getDefiningOp<ReshapeOp>();
    if (!reshape || !isHost(reshape) || (!fold && getShape(operand) != getShape(op->getResult(0))))
      continue;
    std::optional<ReshapeAxes> axes = ReshapeAxes::get(reshape);
    if (axes &&
        (fold ? ReshapeSinker(op, reshape, *axes).sinkFold(fold) : ReshapeSinker(op, reshape, *axes).sinkElementwise()))
      return true;
  }
  return false;
}

namespace {
struct SinkReshapesPass : vae::impl::SinkReshapesBase<SinkReshapesPass> {
  using vae::impl::SinkReshapesBase<SinkReshapesPass>::SinkReshapesBase;

  void runOnOperation() override {
    for (Operation &op : llvm::make_early_inc_range(getOperation().getBody().front()))
      if (sink(&op))
        op.erase();
  }
};
} // namespace
