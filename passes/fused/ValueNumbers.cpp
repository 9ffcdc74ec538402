// Value numbering by content, across functions.
#include "passes/fused/ValueNumbers.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace vae;

ValueNumbers::Expression ValueNumbers::describe(OpResult value) const {
  Operation *op = value.getOwner();
  std::vector<unsigned> operands;
  for (Value operand : op->getOperands())
    operands.push_back(numbers.lookup(operand));
  return {op->getName().getAsOpaquePointer(), op->getAttrDictionary().getAsOpaquePointer(),
          value.getType().getAsOpaquePointer(), value.getResultNumber(), std::move(operands)};
}

unsigned ValueNumbers::get(Value value) {
  SmallVector<Value> open = {value};
  while (!open.empty()) {
    Value next = open.back();
    auto isNew = [&](Value operand) { return !numbers.contains(operand); };
    Operation::operand_range operands = next.getDefiningOp()->getOperands();
    if (auto missing = llvm::find_if(operands, isNew); missing != operands.end()) {
      open.push_back(*missing);
      continue;
    }
    open.pop_back();
    numbers.try_emplace(next,
                        expressions.try_emplace(describe(cast<OpResult>(next)), expressions.size()).first->second);
  }
  return numbers.lookup(value);
}
