// SinkReshapes: elementwise ops and folds work on what a reshape reads, and the reshape follows them.
#include "ir/builders/TensorBuilder.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Passes.h"
#include "passes/fused/Roles.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_SINKRESHAPES
#include "passes/Passes.h.inc"
} // namespace vae

namespace {

/// Neighbouring axes of two shapes that hold equally many elements.
struct AxisBlock {
  SmallVector<size_t, 4> inner, outer; // axes before and after the reshape
};

/// A reshape, and how axes of the shape before it (inner) and after it (outer) belong together.
class ReshapeAxes {
public:
  static std::optional<ReshapeAxes> get(ReshapeOp reshape);

  Shape inner, outer;
  SmallVector<AxisBlock, 4> blocks;
};

} // namespace

/// Cuts both shapes into the shortest blocks of equal size; none where sizes at run time do not show them.
std::optional<ReshapeAxes> ReshapeAxes::get(ReshapeOp reshape) {
  ReshapeAxes axes{getShape(reshape.getX()), getShape(reshape.getResult()), {}};
  size_t i = 0, o = 0;
  while (i < axes.inner.size() && o < axes.outer.size()) {
    AxisBlock block{{i}, {o}};
    Size before = axes.inner[i++], after = axes.outer[o++];
    while (before != after) {
      bool extendsInner = getNominalElements({before}) < getNominalElements({after});
      if (extendsInner ? i == axes.inner.size() : o == axes.outer.size())
        return std::nullopt;
      if (extendsInner) {
        before = before * axes.inner[i];
        block.inner.push_back(i++);
      } else {
        after = after * axes.outer[o];
        block.outer.push_back(o++);
      }
    }
    axes.blocks.push_back(block);
  }
  // What is left on one side are axes of one.
  for (; i < axes.inner.size() && !axes.blocks.empty(); ++i)
    axes.blocks.back().inner.push_back(i);
  for (; o < axes.outer.size() && !axes.blocks.empty(); ++o)
    axes.blocks.back().outer.push_back(o);
  return axes.blocks.empty() ? std::nullopt : std::optional(axes);
}

namespace {

/// Moves one op before a reshape that it reads.
class Sinker {
public:
  Sinker(Operation *op, ReshapeOp reshape, const ReshapeAxes &axes)
      : op(op), reshape(reshape), axes(axes), builder(op), tensors(builder, op->getLoc()) {}
  bool sinkElementwise();
  bool sinkFold(ReductionOpInterface fold);

private:
  bool fits(Value operand) const;
  std::optional<Shape> getInnerShape(const Shape &operand) const;
  Value convert(Value operand);

  Operation *op;
  ReshapeOp reshape;
  const ReshapeAxes &axes;
  OpBuilder builder;
  TensorBuilder tensors;
};

} // namespace

/// The shape that broadcasts to the inner one as `operand` does to the outer one; none where it repeats within a block.
std::optional<Shape> Sinker::getInnerShape(const Shape &operand) const {
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
bool Sinker::fits(Value operand) const {
  Shape shape = getShape(operand);
  if (shape != axes.outer)
    return getInnerShape(shape).has_value();
  Operation *producer = operand.getDefiningOp();
  if (auto broadcast = dyn_cast_or_null<BroadcastOp>(producer))
    return getInnerShape(getShape(broadcast.getX())).has_value();
  if (auto other = dyn_cast_or_null<ReshapeOp>(producer))
    return getShape(other.getX()) == axes.inner || getRole(producer) == OpRole::Host;
  return !producer || (getRole(producer) != OpRole::Elementwise && !isa<ReadOp>(producer));
}

/// The operand under the inner shape.
Value Sinker::convert(Value operand) {
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

bool Sinker::sinkElementwise() {
  if (!llvm::all_of(op->getOperands(), [&](Value operand) { return fits(operand); }))
    return false;
  IRMapping mapping;
  for (Value operand : op->getOperands())
    mapping.map(operand, convert(operand));
  Operation *made = builder.clone(*op, mapping);
  for (auto [result, old] : llvm::zip_equal(made->getResults(), op->getResults())) {
    result.setType(program::getTensorType(axes.inner, getElementTypeOrSelf(old)));
    old.replaceAllUsesWith(tensors.reshape(result, axes.outer));
  }
  return true;
}

/// A fold over whole blocks folds the same elements in the same order.
bool Sinker::sinkFold(ReductionOpInterface fold) {
  SmallVector<int64_t> folded = fold.getReducedAxes(), inner;
  for (const AxisBlock &block : axes.blocks) {
    size_t count = llvm::count_if(block.outer, [&](size_t axis) { return llvm::is_contained(folded, axis); });
    if (count != 0 && count != block.outer.size())
      return false;
    if (count != 0)
      inner.append(block.inner.begin(), block.inner.end());
  }
  Value made = fold.buildReduction(builder, op->getLoc(), reshape.getX(), inner);
  Shape shape = getShape(op->getResult(0));
  op->getResult(0).replaceAllUsesWith(getShape(made) == shape ? made : tensors.reshape(made, shape));
  return true;
}

namespace {
/// Notes whether a scalar body asks where its element lies.
class PlaceProbe : public ScalarContext {
public:
  PlaceProbe(OpBuilder &builder, Location loc) : ScalarContext(loc), builder(builder) {}
  Value index(unsigned) override { return place(); }
  Value linearIndex() override { return arith::IndexCastOp::create(builder, loc, builder.getI32Type(), place()); }
  Value extract(unsigned, ValueRange) override { llvm_unreachable("no operand is indexed"); }
  Value extract(DenseElementsAttr table, ValueRange) override {
    return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(table.getElementType()));
  }
  Value size(const Size &) override { return arith::ConstantIndexOp::create(builder, loc, 1); }
  bool asked = false;

private:
  Value place() {
    asked = true;
    return arith::ConstantIndexOp::create(builder, loc, 0);
  }
  OpBuilder &builder;
};
} // namespace

/// Whether the op makes each element of its results of the operands' elements alone, wherever they lie.
static bool ignoresShape(Operation *op) {
  auto scalar = dyn_cast<ScalarBodyOpInterface>(op);
  if (!scalar || isa<BroadcastOp, OptimizerOpInterface>(op) ||
      llvm::any_of(op->getOpOperands(), [](OpOperand &operand) { return isIndexed(operand); }))
    return false;
  Block block;
  OpBuilder builder(op->getContext());
  builder.setInsertionPointToEnd(&block);
  PlaceProbe probe(builder, op->getLoc());
  SmallVector<Value> scalars, results;
  for (Value operand : op->getOperands())
    scalars.push_back(block.addArgument(getElementTypeOrSelf(operand), op->getLoc()));
  scalar.buildScalar(builder, probe, scalars, results);
  return !probe.asked;
}

/// Moves the op before one of the reshapes that it reads; true where it is not needed any more.
static bool sink(Operation *op) {
  auto fold = dyn_cast<ReductionOpInterface>(op);
  if (!fold && !ignoresShape(op))
    return false;
  for (Value operand : op->getOperands()) {
    auto reshape = operand.getDefiningOp<ReshapeOp>();
    if (!reshape || getRole(reshape) != OpRole::Host || (!fold && getShape(operand) != getShape(op->getResult(0))))
      continue;
    std::optional<ReshapeAxes> axes = ReshapeAxes::get(reshape);
    if (axes && (fold ? Sinker(op, reshape, *axes).sinkFold(fold) : Sinker(op, reshape, *axes).sinkElementwise()))
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
