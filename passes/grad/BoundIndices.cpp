// BoundIndices: inputs that become indices get the range that they must be in.
#include "ir/Interfaces.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_BOUNDINDICES
#include "passes/Passes.h.inc"
} // namespace vae

/// The least number of choices among all ops that take the value's integers as indices, however they were moved before.
static std::optional<int64_t> findBound(Value value) {
  std::optional<int64_t> least;
  // Each once: values that part and join again have as many paths as a model has subsets.
  llvm::SetVector<Value> moved;
  moved.insert(value);
  for (unsigned next = 0; next < moved.size(); ++next)
    for (OpOperand &use : moved[next].getUses()) {
      if (isa<MovingOpInterface>(use.getOwner()))
        moved.insert(use.getOwner()->getResult(0));
      auto op = dyn_cast<IndexOpInterface>(use.getOwner());
      if (std::optional<int64_t> bound = op ? op.getIndexBound(use.getOperandNumber()) : std::nullopt)
        least = std::min(least.value_or(*bound), *bound);
    }
  return least;
}

namespace {
struct BoundIndicesPass : vae::impl::BoundIndicesBase<BoundIndicesPass> {
  using vae::impl::BoundIndicesBase<BoundIndicesPass>::BoundIndicesBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    for (BlockArgument argument : function.getArguments()) {
      std::optional<int64_t> bound = findBound(argument);
      if (!bound)
        continue;
      float low = 0, high = static_cast<float>(*bound - 1);
      if (auto range = function.getArgAttrOfType<DenseF32ArrayAttr>(argument.getArgNumber(), "vae.range")) {
        low = std::max(low, range[0]);
        high = std::min(high, range[1]);
      }
      function.setArgAttr(argument.getArgNumber(), "vae.range",
                          Builder(function.getContext()).getDenseF32ArrayAttr({low, high}));
    }
  }
};
} // namespace
