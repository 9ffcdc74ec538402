// Roles of ops and weights of shapes.
#include "passes/fused/Roles.h"

using namespace mlir;
using namespace vae;

OpRole vae::getRole(Operation *op) {
  if (isa<ContractionOpInterface>(op))
    return OpRole::Contraction;
  if (isa<ReductionOpInterface>(op))
    return OpRole::Reduction;
  if (isa<NearestCodeOpInterface>(op))
    return OpRole::NearestCode;
  if (isa<ScalarBodyOpInterface>(op))
    return OpRole::Elementwise;
  if (isa<ReshapeOp>(op) && dropUnits(getShape(op->getOperand(0))) == dropUnits(getShape(op->getResult(0))))
    return OpRole::View;
  return OpRole::Host;
}

Shape vae::getShape(Value value) { return Shape(program::getSizes(cast<RankedTensorType>(value.getType()))); }

Shape vae::dropUnits(const Shape &shape) {
  Shape result;
  llvm::copy_if(shape, std::back_inserter(result), [](const Size &size) { return size != Size(1); });
  return result;
}

double vae::getNominalElements(const Shape &shape) {
  double elements = 1;
  for (const Size &size : shape) {
    llvm::StringMap<int64_t> values;
    for (const std::string &name : size.symbols())
      values[name] = 64;
    elements *= static_cast<double>(size.evaluate(values).value_or(64));
  }
  return elements;
}

bool vae::isIndexed(OpOperand &operand) {
  auto scalar = dyn_cast<ScalarBodyOpInterface>(operand.getOwner());
  return scalar && scalar.isIndexedOperand(operand.getOperandNumber());
}

bool vae::isReadThrough(Value value) {
  auto scalar = value.getDefiningOp<ScalarBodyOpInterface>();
  return scalar && scalar.isReadThrough();
}

bool vae::isLoopBody(Operation *function) {
  auto kind = function->getAttrOfType<StringAttr>("vae.kind");
  return kind && kind == "loop";
}
