// Ops before what only moves elements.
#include "passes/fused/Sinker.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace vae;

void Sinker::moveElementwise() {
  IRMapping mapping;
  for (Value operand : op->getOperands())
    mapping.map(operand, convert(operand));
  Operation *made = builder.clone(*op, mapping);
  for (auto [result, old] : llvm::zip_equal(made->getResults(), op->getResults())) {
    result.setType(program::getTensorType(getShape(from), getElementTypeOrSelf(old)));
    old.replaceAllUsesWith(restore(result));
  }
}

void Sinker::replaceFold(Value made) {
  Shape shape = getShape(op->getResult(0));
  op->getResult(0).replaceAllUsesWith(getShape(made) == shape ? made : tensors.reshape(made, shape));
}
