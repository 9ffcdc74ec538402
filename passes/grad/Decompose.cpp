// Decompose: ops that are defined by simpler ops give way to them.
#include "ir/Interfaces.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_DECOMPOSE
#include "passes/Passes.h.inc"
} // namespace vae

/// Replaces the op; what replaces it may decompose further.
static void decompose(DecomposableOpInterface op, SmallVectorImpl<DecomposableOpInterface> &worklist) {
  OpBuilder builder(op);
  Operation *previous = op->getPrevNode();
  SmallVector<Value> replacements = op.decompose(builder);
  Operation *first = previous ? previous->getNextNode() : &op->getBlock()->front();
  for (Operation *made = first; made != op; made = made->getNextNode())
    if (auto next = dyn_cast<DecomposableOpInterface>(made))
      worklist.push_back(next);
  op->replaceAllUsesWith(replacements);
  op->erase();
}

namespace {
struct DecomposePass : vae::impl::DecomposeBase<DecomposePass> {
  using vae::impl::DecomposeBase<DecomposePass>::DecomposeBase;

  void runOnOperation() override {
    SmallVector<DecomposableOpInterface> worklist;
    getOperation().walk([&](DecomposableOpInterface op) { worklist.push_back(op); });
    // The first is taken first: what moves a buffer goes on from earlier moves.
    std::reverse(worklist.begin(), worklist.end());
    while (!worklist.empty()) {
      DecomposableOpInterface op = worklist.pop_back_val();
      if (!keepDifferentiable || !isa<DifferentiableOpInterface>(*op))
        decompose(op, worklist);
    }
  }
};
} // namespace
