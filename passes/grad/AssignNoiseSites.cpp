// AssignNoiseSites: each random op draws from a site of its own, and anew in each turn of a loop.
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Constants.h"
#include "ir/ops/Latent.h"
#include "ir/ops/Regions.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_ASSIGNNOISESITES
#include "passes/Passes.h.inc"
} // namespace vae

/// The number of the turn in the loops around the op, counted through all turns of the outer ones; null outside loops.
static Value getTurn(OpBuilder &builder, Operation *op) {
  auto loop = op->getParentOfType<LoopOp>();
  if (!loop)
    return {};
  Value outer = getTurn(builder, loop), turn = loop.getTurn();
  if (!outer)
    return turn;
  TensorBuilder t(builder, op->getLoc());
  Value length = t.make<SizeOp>(loop.getCountAttr(), TypeAttr::get(builder.getI32Type()));
  return t.add(t.mul(outer, length), turn);
}

namespace {
struct AssignNoiseSitesPass : vae::impl::AssignNoiseSitesBase<AssignNoiseSitesPass> {
  using vae::impl::AssignNoiseSitesBase<AssignNoiseSitesPass>::AssignNoiseSitesBase;

  void runOnOperation() override {
    int64_t site = 0;
    getOperation().walk([&](NoiseOpInterface op) {
      op.setNoiseSite(site++);
      OpBuilder builder(op);
      if (Value turn = getTurn(builder, op))
        op->setOperand(0, RngTurnOp::create(builder, op.getLoc(), op->getOperand(0), turn));
    });
  }
};
} // namespace
