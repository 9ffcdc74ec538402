// Functions of a number that a root brings with it.
#include "backends/common/ScalarFunctions.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace vae;

using Known = llvm::DenseMap<Value, Value>;

static Value inlineValue(ImplicitLocOpBuilder &b, Value value, Known &known) {
  if (Value found = known.lookup(value))
    return found;
  Operation *op = value.getDefiningOp();
  SmallVector<Value> operands;
  VectorType vector;
  for (Value operand : op->getOperands()) {
    operands.push_back(inlineValue(b, operand, known));
    if (auto type = dyn_cast<VectorType>(operands.back().getType()))
      vector = type;
  }
  if (vector)
    for (Value &operand : operands)
      if (!isa<VectorType>(operand.getType()))
        operand = b.createOrFold<vector::BroadcastOp>(VectorType::get(vector.getShape(), operand.getType()), operand);
  OperationState state(b.getLoc(), op->getName());
  state.addOperands(operands);
  for (Type type : op->getResultTypes())
    state.addTypes(vector ? VectorType::get(vector.getShape(), type) : type);
  state.propertiesAttr = op->getPropertiesAsAttribute();
  Operation *copy = b.create(state);
  for (auto [original, made] : llvm::zip_equal(op->getResults(), copy->getResults()))
    known[original] = made;
  return known[value];
}

Value vae::applyFunction(ImplicitLocOpBuilder &b, Block &functions, unsigned result, Value x) {
  Known known{{functions.getArgument(0), x}};
  return inlineValue(b, functions.getTerminator()->getOperand(result), known);
}
