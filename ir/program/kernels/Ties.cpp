// Results over inputs.
#include "ir/program/kernels/Ties.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace vae;

StringRef program::findTieObstacle(KernelOp kernel, unsigned result, unsigned input) {
  if (kernel.getArgumentTypes()[input] != kernel.getResultTypes()[result])
    return "they are of different types";
  Value value = kernel.getBody().front().getTerminator()->getOperand(result);
  BlockArgument argument = kernel.getBody().getArgument(input);
  if (value == argument)
    return "";
  auto generic = value.getDefiningOp<linalg::GenericOp>();
  AffineMap written = generic ? generic.getIndexingMapMatchingResult(cast<OpResult>(value)) : AffineMap();
  if (!written || !written.isPermutation())
    return "no loops make each element of the result once";
  bool inPlace = llvm::all_of(argument.getUses(), [&](OpOperand &use) {
    return use.getOwner() == generic && generic.getMatchingIndexingMap(&use) == written;
  });
  return inPlace ? "" : "the input is read by another step, or at other elements than the result is written";
}
