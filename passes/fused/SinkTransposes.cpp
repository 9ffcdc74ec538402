// SinkTransposes: between convolutions pictures stay as those compute them, channels last. What reads a picture that was put
// back in the language's order works on it as it was, and the transposition follows.
#include "ir/ops/Pictures.h"
#include "ir/ops/Shapes.h"
#include "ir/ops/Windows.h"
#include "passes/Passes.h"
#include "passes/fused/ReshapeAxes.h"
#include "passes/fused/Sinker.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_SINKTRANSPOSES
#include "passes/Passes.h.inc"
} // namespace vae

using Axes = SmallVector<int64_t, 5>;

static Axes getAxes(TransposeOp op) {
  int64_t rank = getShape(op.getX()).size();
  Axes axes;
  for (int64_t axis : op.getAxes())
    axes.push_back(axis < 0 ? axis + rank : axis);
  return axes;
}

static Axes invert(ArrayRef<int64_t> axes) {
  Axes inverse(axes.size());
  for (auto [position, axis] : llvm::enumerate(axes))
    inverse[axis] = position;
  return inverse;
}

static Shape permute(const Shape &shape, ArrayRef<int64_t> axes) {
  Shape result;
  for (int64_t axis : axes)
    result.push_back(shape[axis]);
  return result;
}

/// Whether axes of more than one element keep their order, so that no element moves.
static bool movesNothing(const Shape &shape, ArrayRef<int64_t> axes) {
  Axes wide;
  llvm::copy_if(axes, std::back_inserter(wide), [&](int64_t axis) { return shape[axis] != Size(1); });
  return llvm::is_sorted(wide);
}

/// Whether the op puts channels that lie last behind the batch: axes (0, k, ..., n - 1, 1, ..., k - 1).
static bool putsChannelsFirst(TransposeOp op) {
  Axes axes = getAxes(op);
  if (axes.size() < 3 || axes[0] != 0 || axes[1] == 1)
    return false;
  int64_t rank = axes.size(), first = axes[1];
  for (int64_t position = 1; position < rank; ++position)
    if (axes[position] != (position - 1 < rank - first ? first + position - 1 : position - (rank - first)))
      return false;
  return true;
}

namespace {

/// Moves one op before a transposition that it reads.
class TransposeSinker : Sinker {
public:
  TransposeSinker(Operation *op, TransposeOp transpose) : Sinker(op, transpose.getX()), axes(getAxes(transpose)) {}
  /// True where the op is not needed any more.
  bool sink();

private:
  bool sinkFold(ReductionOpInterface fold);
  bool sinkReshape(ReshapeOp reshape);
  bool sinkSlice(SliceOp slice);
  bool sinkConcat(ConcatOp concat);
  Value reorder(Value value, ArrayRef<int64_t> order);
  Value convert(Value operand) override;
  Value restore(Value made) override { return reorder(made, axes); }
  void replace(Value old, Value made, ArrayRef<int64_t> order) { old.replaceAllUsesWith(reorder(made, order)); }

  Axes axes;
};

} // namespace

/// The value with its axes in that order, as a view where no element moves.
Value TransposeSinker::reorder(Value value, ArrayRef<int64_t> order) {
  if (llvm::is_sorted(order))
    return value;
  if (movesNothing(getShape(value), order))
    return tensors.reshape(value, permute(getShape(value), order));
  return tensors.make<TransposeOp>(value, builder.getDenseI64ArrayAttr(order));
}

/// The operand as the transposition's input lies, with axes of one where it lacks some.
Value TransposeSinker::convert(Value operand) {
  if (auto other = operand.getDefiningOp<TransposeOp>(); other && getAxes(other) == axes)
    return other.getX();
  Shape shape = getShape(operand);
  if (shape.empty())
    return operand;
  Shape full(axes.size() - shape.size(), Size(1));
  full.append(shape);
  Value value = full == shape ? operand : tensors.reshape(operand, full);
  return reorder(value, invert(axes));
}

bool TransposeSinker::sinkFold(ReductionOpInterface fold) {
  SmallVector<int64_t> folded = fold.getReducedAxes(), inner;
  Axes kept; // axes of the transposition's input, in the order of the result's
  for (auto [position, axis] : llvm::enumerate(axes))
    (llvm::is_contained(folded, position) ? inner : static_cast<SmallVectorImpl<int64_t> &>(kept)).push_back(axis);
  llvm::sort(inner);
  Value made = fold.buildReduction(builder, op->getLoc(), from, inner);
  Axes sorted(kept);
  llvm::sort(sorted);
  Axes order;
  for (int64_t axis : kept)
    order.push_back(llvm::find(sorted, axis) - sorted.begin());
  replaceFold(reorder(made, order));
  return true;
}

/// Axes that the reshape joins or cuts must be neighbours before the transposition, too.
bool TransposeSinker::sinkReshape(ReshapeOp reshape) {
  std::optional<ReshapeAxes> blocks = ReshapeAxes::get(reshape);
  if (!blocks)
    return false;
  SmallVector<const AxisBlock *> order;
  for (const AxisBlock &block : blocks->blocks) {
    for (size_t i = 1; i < block.inner.size(); ++i)
      if (axes[block.inner[i]] != axes[block.inner[i - 1]] + 1)
        return false;
    order.push_back(&block);
  }
  llvm::sort(order, [&](auto *a, auto *b) { return axes[a->inner[0]] < axes[b->inner[0]]; });
  Shape shape;
  Axes back(blocks->outer.size());
  for (const AxisBlock *block : order)
    for (size_t axis : block->outer) {
      back[axis] = shape.size();
      shape.push_back(blocks->outer[axis]);
    }
  replace(reshape.getResult(), tensors.reshape(from, shape), back);
  return true;
}

bool TransposeSinker::sinkSlice(SliceOp slice) {
  int64_t axis = slice.getAxis() < 0 ? slice.getAxis() + axes.size() : slice.getAxis();
  ArrayRef<Size> bounds = slice.getBounds().getSizes();
  replace(slice.getResult(), tensors.slice(from, axes[axis], bounds[0], bounds[1]), axes);
  return true;
}

bool TransposeSinker::sinkConcat(ConcatOp concat) {
  int64_t axis = concat.getAxis() < 0 ? concat.getAxis() + axes.size() : concat.getAxis();
  SmallVector<Value> parts = llvm::map_to_vector(concat.getTensors(), [&](Value part) { return convert(part); });
  replace(concat.getResult(), tensors.make<ConcatOp>(parts, builder.getI64IntegerAttr(axes[axis])), axes);
  return true;
}

bool TransposeSinker::sink() {
  if (auto fold = dyn_cast<ReductionOpInterface>(op))
    return sinkFold(fold);
  if (auto reshape = dyn_cast<ReshapeOp>(op))
    return sinkReshape(reshape);
  if (auto slice = dyn_cast<SliceOp>(op))
    return sinkSlice(slice);
  if (auto concat = dyn_cast<ConcatOp>(op))
    return sinkConcat(concat);
  if (op->getNumResults() == 0)
    return false;
  if (getShape(op->getResult(0)) != permute(getShape(from), axes) || !ignoresShape(op))
    return false;
  moveElementwise();
  return true;
}

/// Folds a transposition of a transposition, and one that moves nothing; true where the op is not needed any more.
static bool simplify(TransposeOp op) {
  Axes axes = getAxes(op);
  Value x = op.getX();
  if (auto inner = x.getDefiningOp<TransposeOp>()) {
    Axes both;
    for (int64_t axis : axes)
      both.push_back(getAxes(inner)[axis]);
    axes = both;
    x = inner.getX();
  }
  if (!movesNothing(getShape(x), axes)) {
    op.getXMutable().assign(x);
    op.setAxes(axes);
    return false;
  }
  OpBuilder builder(op);
  Value same = llvm::is_sorted(axes) ? x : TensorBuilder(builder, op.getLoc()).reshape(x, getShape(op.getResult()));
  op.getResult().replaceAllUsesWith(same);
  return true;
}

/// A picture that is enlarged by repetition for a convolution alone is read as it was.
static void readEnlarged(ConvolveOp op) {
  auto turn = op.getX().getDefiningOp<TransposeOp>();
  auto enlarge = turn ? turn.getX().getDefiningOp<UpsampleNearestOp>() : UpsampleNearestOp();
  bool plain = !op.getRows().getExact() && !op.getColumns().getExact();
  if (!enlarge || !plain || getAxes(turn) != Axes{0, 2, 3, 1})
    return;
  auto widen = [&](program::WindowAttr window) {
    return program::WindowAttr::get(op.getContext(), window.getKernel(), window.getStride(), window.getDilation(),
                                    window.getOffset(), window.getDivisor() * static_cast<int64_t>(enlarge.getFactor()),
                                    false);
  };
  OpBuilder builder(op);
  op.getXMutable().assign(TransposeOp::create(builder, turn.getLoc(), enlarge.getX(), turn.getAxes()));
  op.setRowsAttr(widen(op.getRows()));
  op.setColumnsAttr(widen(op.getColumns()));
}

static bool visit(Operation *op) {
  if (auto transpose = dyn_cast<TransposeOp>(op))
    return simplify(transpose);
  for (Value operand : op->getOperands())
    if (auto transpose = operand.getDefiningOp<TransposeOp>(); transpose && putsChannelsFirst(transpose))
      if (TransposeSinker(op, transpose).sink())
        return true;
  return false;
}

namespace {
struct SinkTransposesPass : vae::impl::SinkTransposesBase<SinkTransposesPass> {
  using vae::impl::SinkTransposesBase<SinkTransposesPass>::SinkTransposesBase;

  void runOnOperation() override {
    Block &block = getOperation().getBody().front();
    for (auto convolve : block.getOps<ConvolveOp>())
      readEnlarged(convolve);
    for (Operation &op : llvm::make_early_inc_range(block))
      if (visit(&op))
        op.erase();
  }
};
} // namespace
