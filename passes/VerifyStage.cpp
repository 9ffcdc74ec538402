// VerifyStage: which ops may exist after each stage.
#include "ir/Dialect.h"
#include "ir/ops/Model.h"
#include "ir/ops/Regions.h"
#include "ir/program/Stages.h"
#include "ir/training/Train.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/Messages.h"
#include "passes/Passes.h"
#include "passes/fused/Roles.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_VERIFYSTAGE
#include "passes/Passes.h.inc"
} // namespace vae

static bool isVae(Operation *op) { return isa<VaeDialect>(op->getDialect()); }
static bool isHostFunction(Operation *op) { return isa<ModuleOp, func::FuncOp, func::ReturnOp>(op); }

/// As the frontend writes it: vae ops in functions that call each other. Groups come later.
static bool mayFollowVae(Operation *op) {
  bool later = isa<GroupOp>(op) || isa_and_nonnull<GroupOp>(op->getParentOp());
  return isHostFunction(op) || isa<func::CallOp>(op) || (isVae(op) && !later);
}

/// Flat functions of ops that group formation knows.
static bool mayFollowGrad(Operation *op) {
  bool gone = isa<GroupOp, YieldOp, LoopOp, MinimizeOp, ReportOp, GradientOp, DecomposableOpInterface>(op);
  return isHostFunction(op) || isa<program::StateOp, program::RepeatCallOp>(op) || (isVae(op) && !gone);
}

/// Whatever computes is inside a group.
static bool mayFollowFused(Operation *op) {
  bool inGroup = isa<GroupOp>(op->getParentOp());
  return mayFollowGrad(op) ? inGroup || !runsInKernel(op) : isa<GroupOp, YieldOp, program::PreparedOp>(op);
}

/// What backends know: linalg on tensors around scalar arithmetic, and roots that are ops of their own.
static bool isKernelCode(Operation *op) {
  return program::isScalarOp(op) || isa<linalg::GenericOp, linalg::FillOp, linalg::YieldOp, tensor::EmptyOp,
                                        program::YieldOp, program::RootOpInterface>(op);
}

static bool mayFollowKernels(Operation *op) {
  bool inKernel = op->getParentOfType<program::KernelOp>() != nullptr;
  return inKernel ? isKernelCode(op) : isHostFunction(op) || isa<program::ProgramDialect>(op->getDialect());
}

static bool mayFollowPlan(Operation *op) { return mayFollowKernels(op) && !isa<func::FuncOp, func::ReturnOp>(op); }

using Rule = bool (*)(Operation *);

/// What may exist after the named stage; null where no module is called so.
static Rule getRule(StringRef stage) {
#define VAE_MODULE_STAGE(enumerator, name, description)                                                                \
  if (stage == name)                                                                                                   \
    return mayFollow##enumerator;
#include "ir/program/Stages.def"
  return nullptr;
}

namespace {
struct VerifyStagePass : vae::impl::VerifyStageBase<VerifyStagePass> {
  using vae::impl::VerifyStageBase<VerifyStagePass>::VerifyStageBase;

  void runOnOperation() override {
    Rule isAllowed = getRule(stage);
    if (!isAllowed) {
      getOperation().emitError() << messages::UnknownStage(
          stage, listStages([](const StageInfo &info) { return info.kind == StageKind::Module; }));
      return signalPassFailure();
    }
    WalkResult result = getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (op == getOperation() || isAllowed(op))
        return WalkResult::advance();
      op->emitError() << messages::RemainsAfterStage(op->getName(), stage);
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
