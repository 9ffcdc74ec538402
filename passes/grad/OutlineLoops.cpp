// OutlineLoops: the body of each loop becomes a function of its own, run by a repeated call.
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Constants.h"
#include "ir/ops/Model.h"
#include "ir/ops/Regions.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/Messages.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_OUTLINELOOPS
#include "passes/Passes.h.inc"
} // namespace vae

namespace {

/// Outlines one loop.
class LoopOutliner {
public:
  LoopOutliner(LoopOp loop, std::string name) : loop(loop), name(std::move(name)) {}
  func::FuncOp run();

private:
  void capture();
  func::FuncOp makeBody();
  void call(func::FuncOp body);

  LoopOp loop;
  std::string name;
  llvm::SetVector<Value> captured;
};

} // namespace

/// Whether the value is made of nothing that the function computes, so that the body makes it again.
static bool isMadeFromNothing(Value value) {
  Operation *op = value.getDefiningOp();
  return op && op->getNumOperands() == 0 && op->getNumRegions() == 0 && isPure(op);
}

/// Parameters, constants and the random state are read inside; what else the body sees is handed to it.
void LoopOutliner::capture() {
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(loop.getBody(), used);
  OpBuilder builder = OpBuilder::atBlockBegin(&loop.getBody().front());
  for (Value value : used) {
    if (!isMadeFromNothing(value)) {
      captured.insert(value);
      continue;
    }
    Operation *copy = builder.clone(*value.getDefiningOp());
    replaceAllUsesInRegionWith(value, copy->getResult(0), loop.getBody());
  }
}

/// The body counts its turns itself: its first result is the next one's number.
func::FuncOp LoopOutliner::makeBody() {
  Location loc = loop.getLoc();
  OpBuilder builder(loop->getParentOfType<func::FuncOp>());
  builder.setInsertionPointAfter(loop->getParentOfType<func::FuncOp>());
  SmallVector<Type> inputs{loop.getTurn().getType()}, results;
  llvm::append_range(inputs, loop.getResultTypes());
  results = inputs;
  llvm::append_range(inputs, llvm::map_range(captured, [](Value value) { return value.getType(); }));
  auto body = func::FuncOp::create(builder, loc, name, builder.getFunctionType(inputs, results));
  body.setPrivate();
  body->setAttr(kindAttrName, builder.getStringAttr("loop"));
  YieldOp yield = loop.getYield();
  builder.setInsertionPoint(yield);
  TensorBuilder tensors(builder, loc);
  auto one = DenseElementsAttr::get(cast<RankedTensorType>(loop.getTurn().getType()), builder.getI32IntegerAttr(1));
  SmallVector<Value> next{tensors.add(loop.getTurn(), tensors.make<ConstantOp>(one))};
  llvm::append_range(next, yield.getResults());
  func::ReturnOp::create(builder, yield.getLoc(), next);
  yield.erase();
  body.getBody().takeBody(loop.getBody());
  for (Value value : captured)
    replaceAllUsesInRegionWith(value, body.getBody().addArgument(value.getType(), value.getLoc()), body.getBody());
  return body;
}

void LoopOutliner::call(func::FuncOp body) {
  OpBuilder builder(loop);
  auto zero =
      DenseElementsAttr::get(cast<RankedTensorType>(body.getArgumentTypes().front()), builder.getI32IntegerAttr(0));
  SmallVector<Value> initial{ConstantOp::create(builder, loop.getLoc(), zero)};
  llvm::append_range(initial, loop.getInitial());
  auto call = program::RepeatCallOp::create(builder, loop.getLoc(), body.getResultTypes(), FlatSymbolRefAttr::get(body),
                                            loop.getCountAttr(), initial, captured.getArrayRef());
  loop.replaceAllUsesWith(call.getResults().drop_front());
  loop.erase();
}

func::FuncOp LoopOutliner::run() {
  capture();
  func::FuncOp body = makeBody();
  call(body);
  return body;
}

/// Outlines the loops of a function, the outer ones first, then those of their bodies.
static void outline(func::FuncOp function) {
  SmallVector<func::FuncOp> worklist{function};
  while (!worklist.empty()) {
    func::FuncOp current = worklist.pop_back_val();
    unsigned number = 0;
    for (auto loop : llvm::make_early_inc_range(current.getBody().getOps<LoopOp>()))
      worklist.push_back(LoopOutliner(loop, (current.getSymName() + ".loop" + Twine(number++)).str()).run());
  }
}

namespace {
struct OutlineLoopsPass : vae::impl::OutlineLoopsBase<OutlineLoopsPass> {
  using vae::impl::OutlineLoopsBase<OutlineLoopsPass>::OutlineLoopsBase;

  void runOnOperation() override {
    WalkResult moves = getOperation().walk([](UpdateOp update) -> WalkResult {
      if (!update->getParentOfType<LoopOp>())
        return WalkResult::advance();
      return update.emitError() << messages::MovedInsideLoop();
    });
    if (moves.wasInterrupted())
      return signalPassFailure();
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      outline(function);
  }
};
} // namespace
