// BoundIndices: inputs that become indices, or targets of a binary cross entropy, get the range that they must be in.
#include "ir/Interfaces.h"
#include "ir/ops/Losses.h"
#include "ir/ops/Model.h"
#include "passes/Messages.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_BOUNDINDICES
#include "passes/Passes.h.inc"
} // namespace vae

/// What uses the value's elements, however they were moved before.
static SmallVector<OpOperand *> findUses(Value value) {
  SmallVector<OpOperand *> uses;
  // Each once: values that part and join again have as many paths as a model has subsets.
  llvm::SetVector<Value> moved;
  moved.insert(value);
  for (unsigned next = 0; next < moved.size(); ++next)
    for (OpOperand &use : moved[next].getUses()) {
      uses.push_back(&use);
      if (isa<MovingOpInterface>(use.getOwner()))
        moved.insert(use.getOwner()->getResult(0));
    }
  return uses;
}

/// The least number of choices among all ops that take these uses' integers as indices.
static std::optional<int64_t> findBound(ArrayRef<OpOperand *> uses) {
  std::optional<int64_t> least;
  for (OpOperand *use : uses) {
    auto op = dyn_cast<IndexOpInterface>(use->getOwner());
    if (std::optional<int64_t> bound = op ? op.getIndexBound(use->getOperandNumber()) : std::nullopt)
      least = std::min(least.value_or(*bound), *bound);
  }
  return least;
}

static DenseF32ArrayAttr getRange(BlockArgument argument) {
  auto function = cast<func::FuncOp>(argument.getOwner()->getParentOp());
  return function.getArgAttrOfType<DenseF32ArrayAttr>(argument.getArgNumber(), "vae.range");
}

static void setRange(BlockArgument argument, float low, float high) {
  auto function = cast<func::FuncOp>(argument.getOwner()->getParentOp());
  function.setArgAttr(argument.getArgNumber(), "vae.range",
                      Builder(function.getContext()).getDenseF32ArrayAttr({low, high}));
}

static void boundIndices(BlockArgument argument, ArrayRef<OpOperand *> uses) {
  std::optional<int64_t> bound = findBound(uses);
  if (!bound)
    return;
  float low = 0, high = static_cast<float>(*bound - 1);
  if (DenseF32ArrayAttr range = getRange(argument)) {
    low = std::max(low, range[0]);
    high = std::min(high, range[1]);
  }
  setRange(argument, low, high);
}

/// Targets of a binary cross entropy: beyond [0, 1] its least value is minus infinity, to which training would go.
static void boundTargets(BlockArgument argument, ArrayRef<OpOperand *> uses) {
  auto found = llvm::find_if(uses, [](OpOperand *use) {
    return isa<BceOp, BceWithLogitsOp>(use->getOwner()) && use->getOperandNumber() == 1;
  });
  DenseF32ArrayAttr range = getRange(argument);
  if (found == uses.end() || (range && range[0] >= 0 && range[1] <= 1))
    return;
  auto function = cast<func::FuncOp>(argument.getOwner()->getParentOp());
  auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "vae.name");
  Operation *loss = (*found)->getOwner();
  emitWarning(loss->getLoc()) << messages::TargetsBeyond(loss->getName().stripDialect(), name ? name.getValue() : "",
                                                         range ? "declared beyond it" : "taken to be in it",
                                                         range ? "" : "; say so: `in [0, 1]`");
  if (!range)
    setRange(argument, 0, 1);
}

namespace {
struct BoundIndicesPass : vae::impl::BoundIndicesBase<BoundIndicesPass> {
  using vae::impl::BoundIndicesBase<BoundIndicesPass>::BoundIndicesBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    for (BlockArgument argument : function.getArguments()) {
      SmallVector<OpOperand *> uses = findUses(argument);
      boundIndices(argument, uses);
      if (getKind(function) == "loss")
        boundTargets(argument, uses);
    }
  }
};
} // namespace
