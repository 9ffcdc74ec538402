// SplitReductions: reductions over many elements fold in steps that leave parallel work, always in one order.
#include "ir/Interfaces.h"
#include "ir/builders/TensorBuilder.h"
#include "passes/Passes.h"
#include "passes/fused/Costs.h"
#include "passes/fused/Roles.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_SPLITREDUCTIONS
#include "passes/Passes.h.inc"
} // namespace vae

/// The last axes that one step folds: as many as hold few elements, never the first axis of a tensor that folds
/// altogether.
static SmallVector<int64_t> takeAxes(ArrayRef<int64_t> axes, const Shape &shape) {
  bool all = axes.size() == shape.size();
  SmallVector<int64_t> step;
  double elements = 1;
  for (int64_t axis : llvm::reverse(axes)) {
    elements *= getNominalElements({shape[axis]});
    if (!step.empty() && (elements > costs::foldedElements || (all && axis == 0)))
      break;
    step.insert(step.begin(), axis);
  }
  return step;
}

/// Leaves out axes of one element, which fold to themselves.
static Value dropUnitAxes(TensorBuilder &tensors, Value value, SmallVectorImpl<int64_t> &axes) {
  Shape shape;
  SmallVector<int64_t> left;
  for (auto [axis, size] : llvm::enumerate(getShape(value))) {
    bool folds = llvm::is_contained(axes, axis);
    if (folds && size == Size(1))
      continue;
    if (folds)
      left.push_back(shape.size());
    shape.push_back(size);
  }
  if (left.size() == axes.size())
    return value;
  axes = left;
  return tensors.reshape(value, shape);
}

/// The op as steps without kept axes, then a view that restores those.
static void splitReduction(ReductionOpInterface op) {
  OpBuilder builder(op);
  TensorBuilder tensors(builder, op.getLoc());
  SmallVector<int64_t> axes = op.getReducedAxes();
  Value value = dropUnitAxes(tensors, op->getOperand(0), axes);
  Shape kept = getShape(op->getResult(0));
  while (!axes.empty()) {
    SmallVector<int64_t> step = takeAxes(axes, getShape(value));
    axes.resize(axes.size() - step.size());
    value = op.buildReduction(builder, op.getLoc(), value, step);
  }
  if (getShape(value) != kept)
    value = tensors.reshape(value, kept);
  op->replaceAllUsesWith(ValueRange(value));
  op->erase();
}

namespace {
struct SplitReductionsPass : vae::impl::SplitReductionsBase<SplitReductionsPass> {
  using vae::impl::SplitReductionsBase<SplitReductionsPass>::SplitReductionsBase;

  void runOnOperation() override {
    SmallVector<ReductionOpInterface> reductions;
    getOperation().walk([&](ReductionOpInterface op) { reductions.push_back(op); });
    llvm::for_each(reductions, splitReduction);
  }
};
} // namespace
