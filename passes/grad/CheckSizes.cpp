// CheckSizes: tensors that no kernel can count the elements of.
#include "ir/Inference.h"
#include "ir/Shapes.h"
#include "ir/program/Limits.h"
#include "passes/Messages.h"
#include "passes/Passes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_CHECKSIZES
#include "passes/Passes.h.inc"
} // namespace vae

/// Whether a tensor has few enough elements, as far as is known now: where each symbol is 1.
static bool isCounted(ArrayRef<Size> sizes) {
  int64_t count = 1;
  for (const Size &size : sizes) {
    // A formula that has no value there needs larger symbols.
    int64_t length = std::max<int64_t>(size.evaluateAt(1).value_or(1), 1);
    if (llvm::MulOverflow(count, length, count) || count > limits::elements)
      return false;
  }
  return true;
}

namespace {
struct CheckSizesPass : vae::impl::CheckSizesBase<CheckSizesPass> {
  void runOnOperation() override {
    getOperation().walk([&](Block *block) {
      for (BlockArgument argument : block->getArguments())
        check(argument);
    });
    getOperation().walk([&](Operation *op) {
      for (Value result : op->getResults())
        check(result);
    });
  }

  void check(Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || !seen.insert(type).second || isCounted(sizesOf(value)))
      return;
    emitError(value.getLoc()) << messages::TensorTooLarge(shapeText(sizesOf(value)), limits::elements);
    signalPassFailure();
  }

  DenseSet<Type> seen;
};
} // namespace
