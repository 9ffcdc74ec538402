// The kernel view's questions: buffers of values, grids, dependence on loops.
#include "backends/common/KernelView.h"
#include "backends/Backend.h"

using namespace mlir;
using namespace vae;

bool KernelGeneric::isReduction(unsigned loop) const {
  return op.getIteratorTypesArray()[loop] == utils::IteratorType::reduction;
}

int64_t KernelView::getBuffer(Value tensor) const {
  auto argument = dyn_cast<BlockArgument>(tensor);
  if (!argument || argument.getOwner()->getParentOp() != op || !isa<RankedTensorType>(argument.getType()))
    return -1;
  return argument.getArgNumber();
}

SmallVector<const KernelGeneric *> KernelView::generics() const {
  SmallVector<const KernelGeneric *> result;
  for (const std::optional<KernelGeneric> &prologue : prologues)
    if (prologue)
      result.push_back(&*prologue);
  if (root.op)
    result.push_back(&root);
  if (nearestCode.choice.op)
    result.push_back(&nearestCode.choice);
  if (epilogue)
    result.push_back(&*epilogue);
  return result;
}

GridFactor vae::getGridFactor(const Extent &extent, int64_t divisor) {
  GridFactor factor;
  factor.size = extent.size;
  factor.constant = extent.isStatic() ? extent.fixed : 1;
  factor.divisor = divisor;
  return factor;
}

bool vae::dependsOnLoop(const KernelGeneric &generic, Value value, unsigned loop) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (argument.getOwner() != &generic.body())
      return false;
    for (const KernelOperand &input : generic.inputs)
      if (input.scalar == argument)
        return input.map.isFunctionOfDim(loop);
    return true; // an accumulator
  }
  Operation *op = value.getDefiningOp();
  if (auto index = dyn_cast<linalg::IndexOp>(op))
    return index.getDim() == loop;
  return llvm::any_of(op->getOperands(), [&](Value operand) { return dependsOnLoop(generic, operand, loop); });
}
