// SelectPrograms: the entries and losses that a user wants, and what they need.
#include "ir/ops/Model.h"
#include "ir/training/Train.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"
#include "passes/Messages.h"
#include "passes/Passes.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_SELECTPROGRAMS
#include "passes/Passes.h.inc"
} // namespace vae

namespace {

class SelectProgramsPass : public vae::impl::SelectProgramsBase<SelectProgramsPass> {
public:
  using SelectProgramsBase::SelectProgramsBase;

  void runOnOperation() override {
    if (failed(checkNames()))
      return signalPassFailure();
    SmallVector<StringRef> dropped;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!getKind(function).empty() && !isWanted(function)) {
        dropped.push_back(function.getSymName());
        // Another may call it. Inlining takes it away then.
        function->removeAttr(kindAttrName);
        function.setPrivate();
      }
    dropTraining(dropped);
    dropUnused();
  }

private:
  bool isWanted(func::FuncOp function) const {
    return llvm::is_contained(programs, function.getSymName()) ||
           (getKind(function) == "entry" && llvm::is_contained(programs, "entries"));
  }

  LogicalResult checkNames() {
    SmallVector<StringRef> known = {"entries"};
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!getKind(function).empty())
        known.push_back(function.getSymName());
    for (StringRef name : programs)
      if (!llvm::is_contained(known, name))
        return emitError(getOperation().getLoc()) << messages::UnknownProgram(name, llvm::join(known, ", "));
    return success();
  }

  void dropTraining(ArrayRef<StringRef> losses) {
    for (Operation &op : llvm::make_early_inc_range(*getOperation().getBody())) {
      auto minimize = dyn_cast<MinimizeOp>(op);
      auto rule = dyn_cast<UpdateRuleOp>(op);
      if ((minimize && llvm::is_contained(losses, minimize.getLoss())) ||
          (rule && llvm::is_contained(losses, rule.getLoss())))
        op.erase();
    }
  }

  /// Functions that nothing calls now, those that only they called, and parameters that nothing reads.
  void dropUnused() {
    for (bool changed = true; changed;) {
      changed = false;
      SymbolTableCollection symbols;
      SymbolUserMap users(symbols, getOperation());
      for (Operation &op : llvm::make_early_inc_range(*getOperation().getBody())) {
        auto function = dyn_cast<func::FuncOp>(op);
        if (((function && function.isPrivate()) || isa<ParameterOp>(op)) && users.useEmpty(&op)) {
          op.erase();
          changed = true;
        }
      }
    }
  }
};

} // namespace
