// How ops take part in fusion, and weights of shapes.
#include "passes/fused/Roles.h"
#include "ir/ops/Model.h"
#include "ir/ops/Shapes.h"

using namespace mlir;
using namespace vae;

bool vae::runsInKernel(Operation *op) { return isa<KernelRootOpInterface, ScalarBodyOpInterface>(op); }

bool vae::isView(Operation *op) {
  return isa<ReshapeOp>(op) && dropUnits(getShape(op->getOperand(0))) == dropUnits(getShape(op->getResult(0)));
}

bool vae::readsStored(Operation *op) {
  auto root = dyn_cast<KernelRootOpInterface>(op);
  return root && !root.getFusion().prologue;
}

Shape vae::getShape(Value value) { return Shape(program::getSizes(cast<RankedTensorType>(value.getType()))); }

Shape vae::dropUnits(const Shape &shape) {
  Shape result;
  llvm::copy_if(shape, std::back_inserter(result), [](const Size &size) { return size != Size(1); });
  return result;
}

double vae::getNominalElements(const Shape &shape) {
  double elements = 1;
  for (const Size &size : shape)
    elements *= static_cast<double>(size.evaluateAt(64).value_or(64));
  return elements;
}

bool vae::isIndexed(OpOperand &operand) {
  auto scalar = dyn_cast<ScalarBodyOpInterface>(operand.getOwner());
  return scalar && scalar.isIndexedOperand(operand.getOperandNumber());
}

namespace {
/// Notes whether a scalar body asks where its element lies.
class PlaceProbe : public ScalarContext {
public:
  PlaceProbe(OpBuilder &builder, Location loc) : ScalarContext(loc), builder(builder) {}
  Value index(unsigned) override { return place(); }
  Value linearIndex() override { return arith::IndexCastOp::create(builder, loc, builder.getI32Type(), place()); }
  Value extract(unsigned, ValueRange) override { llvm_unreachable("no operand is indexed"); }
  Value extract(DenseElementsAttr table, ValueRange) override {
    return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(table.getElementType()));
  }
  Value size(const Size &) override { return arith::ConstantIndexOp::create(builder, loc, 1); }
  bool asked = false;

private:
  Value place() {
    asked = true;
    return arith::ConstantIndexOp::create(builder, loc, 0);
  }
  OpBuilder &builder;
};
} // namespace

bool vae::ignoresShape(Operation *op) {
  auto scalar = dyn_cast<ScalarBodyOpInterface>(op);
  if (!scalar || isa<BroadcastOp, OptimizerOpInterface>(op) ||
      llvm::any_of(op->getOpOperands(), [](OpOperand &operand) { return isIndexed(operand); }))
    return false;
  Block block;
  OpBuilder builder(op->getContext());
  builder.setInsertionPointToEnd(&block);
  PlaceProbe probe(builder, op->getLoc());
  SmallVector<Value> scalars, results;
  for (Value operand : op->getOperands())
    scalars.push_back(block.addArgument(getElementTypeOrSelf(operand), op->getLoc()));
  scalar.buildScalar(builder, probe, scalars, results);
  return !probe.asked;
}

bool vae::isReadThrough(Value value) {
  auto scalar = value.getDefiningOp<ScalarBodyOpInterface>();
  return scalar && scalar.isReadThrough();
}

/// The function that runs a loop's body, itself where it is none.
static func::FuncOp getCaller(func::FuncOp function) {
  while (isLoopBody(function)) {
    auto uses = SymbolTable::getSymbolUses(function, function->getParentOfType<ModuleOp>());
    assert(uses && !uses->empty() && "a body without its loop");
    function = uses->begin()->getUser()->getParentOfType<func::FuncOp>();
  }
  return function;
}

bool vae::keepsWeights(func::FuncOp function) {
  StringRef kind = getKind(getCaller(function));
  return kind.empty() || kind == "entry" || kind == "loss";
}

bool vae::isLoopBody(Operation *function) { return getKind(function) == "loop"; }
