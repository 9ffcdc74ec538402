// FeedNoise: twins of random functions whose draws are inputs.
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Indexing.h"
#include "ir/ops/Regions.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_FEEDNOISE
#include "passes/Passes.h.inc"
} // namespace vae

/// Random ops of the function in the order of their sites.
static SmallVector<NoiseOpInterface> getSites(func::FuncOp function) {
  SmallVector<NoiseOpInterface> sites;
  function.walk([&](NoiseOpInterface op) { sites.push_back(op); });
  llvm::sort(sites, [](NoiseOpInterface a, NoiseOpInterface b) { return a.getNoiseSite() < b.getNoiseSite(); });
  return sites;
}

/// The loops around the op, outermost first.
static SmallVector<LoopOp> getLoops(Operation *op) {
  SmallVector<LoopOp> loops;
  for (auto loop = op->getParentOfType<LoopOp>(); loop; loop = loop->getParentOfType<LoopOp>())
    loops.insert(loops.begin(), loop);
  return loops;
}

/// A new argument for the draws of a site: those of all turns.
static Value addNoiseArgument(func::FuncOp function, NoiseOpInterface op, unsigned number) {
  Builder builder(function.getContext());
  auto attributes =
      builder.getDictionaryAttr({builder.getNamedAttr("vae.name", builder.getStringAttr("noise" + Twine(number))),
                                 builder.getNamedAttr("vae.noise", builder.getStringAttr(op.getNoiseKind()))});
  SmallVector<Size> sizes;
  for (LoopOp loop : getLoops(op))
    sizes.push_back(*Size::parse(loop.getCount()));
  auto drawn = cast<RankedTensorType>(op->getResult(0).getType());
  llvm::append_range(sizes, program::getSizes(drawn));
  unsigned index = function.getNumArguments();
  (void)function.insertArgument(index, program::getTensorType(sizes, drawn.getElementType()), attributes, op.getLoc());
  return function.getArgument(index);
}

static void feedNoise(func::FuncOp twin) {
  int64_t site = -1;
  unsigned number = 0;
  Value noise;
  for (NoiseOpInterface op : getSites(twin)) {
    // Copies of one site draw the same.
    if (op.getNoiseSite() != site || !noise)
      noise = addNoiseArgument(twin, op, number++);
    site = op.getNoiseSite();
    OpBuilder builder(op);
    Value drawn = noise;
    for (LoopOp loop : getLoops(op))
      drawn = GatherOp::create(builder, op.getLoc(), drawn, loop.getTurn(), builder.getI64IntegerAttr(0));
    op->replaceAllUsesWith(op.buildFromNoise(builder, drawn));
    op->erase();
  }
}

namespace {
struct FeedNoisePass : vae::impl::FeedNoiseBase<FeedNoisePass> {
  using vae::impl::FeedNoiseBase<FeedNoisePass>::FeedNoiseBase;

  void runOnOperation() override {
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (getSites(function).empty())
        continue;
      OpBuilder builder(function->getContext());
      builder.setInsertionPointAfter(function);
      auto twin = cast<func::FuncOp>(builder.clone(*function));
      twin.setSymName((function.getSymName() + ".noise").str());
      feedNoise(twin);
    }
  }
};
} // namespace
