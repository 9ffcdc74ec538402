// ChooseLayouts: every decision about how a tensor lies in memory.
#include "ir/Interfaces.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Model.h"
#include "ir/ops/Shapes.h"
#include "passes/Passes.h"
#include "passes/Refusals.h"
#include "passes/fused/Roles.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_CHOOSELAYOUTS
#include "passes/Passes.h.inc"
} // namespace vae

/// Whether the operand is the (n, k) matrix on the right of a contraction without batch axes.
static bool isPanelOperand(OpOperand &use) {
  auto contraction = dyn_cast<ContractionOpInterface>(use.getOwner());
  if (!contraction || use.getOperandNumber() != 1)
    return VAE_REFUSE("read in panels", use.getOwner(), "the weight is not the right side of a contraction here");
  SmallVector<AffineMap> maps = contraction.getContractionMaps();
  if (maps[1].getNumResults() != 2 || maps[2].getNumResults() != 2)
    return VAE_REFUSE("read in panels", use.getOwner(), "the contraction has batch axes");
  return maps[1].getResult(0) == maps[2].getResult(1) ||
         VAE_REFUSE("read in panels", use.getOwner(), "the weight lies with k before n");
}

/// Whether the weight is best read in panels: all that reads it does so as the right side of products. A product packs
/// its right side itself where nobody has, which pays for what is new in each run.
static bool wantsPanels(ReadOp read, bool preparable) {
  if (read->use_empty() || !llvm::all_of(read->getUses(), isPanelOperand))
    return false;
  return preparable ||
         VAE_REFUSE("read in panels", read, "its program changes weights, and reads the one copy of them, row by row");
}

/// Puts the conversion behind the read; the matrix that contractions see lies in it.
static void readInPanels(ReadOp read) {
  OpBuilder builder(read->getContext());
  builder.setInsertionPointAfter(read);
  TensorBuilder t(builder, read.getLoc());
  Value packed = t.pack(read.getResult(), program::Layout::panels32);
  auto matrix = UnpackOp::create(builder, read.getLoc(), read.getType(), packed, program::Layout::panels32);
  read.getResult().replaceUsesWithIf(matrix,
                                     [](OpOperand &use) { return isa<ContractionOpInterface>(use.getOwner()); });
}

namespace {
struct ChooseLayoutsPass : vae::impl::ChooseLayoutsBase<ChooseLayoutsPass> {
  using vae::impl::ChooseLayoutsBase<ChooseLayoutsPass>::ChooseLayoutsBase;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      bool preparable = keepsWeights(function);
      for (auto read : llvm::make_early_inc_range(function.getBody().getOps<ReadOp>()))
        if (wantsPanels(read, preparable))
          readInPanels(read);
    }
  }
};
} // namespace
