// CheckBudgets: what functions come to once their calls are written out, counted before inlining does it.
#include "ir/ops/Regions.h"
#include "ir/program/Limits.h"
#include "passes/Messages.h"
#include "passes/Passes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_CHECKBUDGETS
#include "passes/Passes.h.inc"
} // namespace vae

namespace {

/// Measures functions, those that they call first.
class CallCosts {
public:
  explicit CallCosts(ModuleOp module) : symbols(module) {}

  struct Cost {
    uint64_t ops = 0;   // all, or as many as the type holds
    unsigned loops = 0; // nested in one another
  };
  Cost get(func::FuncOp function);

private:
  Cost measure(func::FuncOp function);

  SymbolTable symbols;
  DenseSet<func::FuncOp> entered;
  DenseMap<func::FuncOp, Cost> costs; // none for one that waits for those it calls: a circle is not written out
};

} // namespace

CallCosts::Cost CallCosts::get(func::FuncOp function) {
  SmallVector<func::FuncOp> open = {function};
  while (!open.empty()) {
    func::FuncOp next = open.back();
    if (entered.insert(next).second) {
      next.walk([&](func::CallOp call) {
        auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
        if (callee && !entered.contains(callee))
          open.push_back(callee);
      });
      continue;
    }
    open.pop_back();
    if (!costs.contains(next))
      costs[next] = measure(next);
  }
  return costs.lookup(function);
}

CallCosts::Cost CallCosts::measure(func::FuncOp function) {
  Cost cost;
  function.getBody().walk([&](Operation *op) {
    Cost own{1, isa<LoopOp>(op)};
    if (auto call = dyn_cast<func::CallOp>(op))
      own = costs.lookup(symbols.lookup<func::FuncOp>(call.getCallee()));
    for (Operation *around = op->getParentOp(); around != function; around = around->getParentOp())
      own.loops += isa<LoopOp>(around);
    cost.ops = llvm::SaturatingAdd(cost.ops, own.ops);
    cost.loops = std::max(cost.loops, own.loops);
  });
  return cost;
}

namespace {
struct CheckBudgetsPass : vae::impl::CheckBudgetsBase<CheckBudgetsPass> {
  void runOnOperation() override {
    CallCosts costs(getOperation());
    uint64_t total = 0;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      CallCosts::Cost cost = costs.get(function);
      if (cost.loops > program::maxRepeatDepth)
        return fail(function, messages::LoopsOverCalls(function.getSymName(), program::maxRepeatDepth));
      total = llvm::SaturatingAdd(total, cost.ops);
      if (total > limits::ops)
        return fail(function, messages::TooManyOps(function.getSymName(), limits::ops));
    }
  }

  void fail(func::FuncOp function, Message message) {
    emitError(function.getLoc()) << std::move(message);
    signalPassFailure();
  }
};
} // namespace
