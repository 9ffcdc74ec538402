// Products as roots, and roots that are ops of their own.
#include "ir/builders/Products.h"
#include "ir/Shapes.h"
#include "ir/ops/Contractions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace vae;

program::FormAttr vae::getProductForm(program::KernelForm form, ArrayRef<AffineMap> maps) {
  int64_t loops = maps[0].getNumDims();
  return program::FormAttr::get(maps[0].getContext(), form, {{"m", loops - 3}, {"n", loops - 2}, {"k", loops - 1}});
}

/// What an element of the left side and one of the right add to the sum.
static Value buildTerm(OpBuilder &body, Location loc, Value left, Value right, bool chooses) {
  if (!chooses)
    return arith::MulFOp::create(body, loc, left, right);
  Value zero = arith::ConstantOp::create(body, loc, body.getFloatAttr(left.getType(), 0));
  Value chosen = arith::CmpFOp::create(body, loc, arith::CmpFPredicate::UNE, left, zero);
  return arith::SelectOp::create(body, loc, chosen, right, zero);
}

Value vae::buildProduct(RootBuilder &root, ArrayRef<AffineMap> maps, Value left, Value right, ArrayRef<Size> shape,
                        bool chooses) {
  OpBuilder &builder = root.builder;
  Value init = root.makeFilled(shape, builder.getFloatAttr(getElementTypeOrSelf(left), 0.0));
  SmallVector<utils::IteratorType> iterators(maps[2].getNumDims(), utils::IteratorType::reduction);
  for (AffineExpr expr : maps[2].getResults())
    iterators[cast<AffineDimExpr>(expr).getPosition()] = utils::IteratorType::parallel;
  auto generic = linalg::GenericOp::create(
      builder, root.loc, init.getType(), ValueRange{left, right}, init, maps, iterators,
      [&](OpBuilder &body, Location loc, ValueRange arguments) {
        Value term = buildTerm(body, loc, arguments[0], arguments[1], chooses);
        linalg::YieldOp::create(body, loc, arith::AddFOp::create(body, loc, arguments[2], term).getResult());
      });
  generic->setAttr(program::roleAttrName, builder.getStringAttr("root"));
  return generic.getResult(0);
}

void vae::buildContraction(RootBuilder &root, Operation *op) {
  Value result = op->getResult(0), left = root.compute(op->getOperand(0)), right = root.compute(op->getOperand(1));
  SmallVector<AffineMap> maps = cast<ContractionOpInterface>(op).getContractionMaps();
  auto product = dyn_cast<MatmulOp>(op);
  bool chooses = product && product.getChooses();
  root.setResult(result, buildProduct(root, maps, left, right, sizesOf(result), chooses));
}

void vae::buildOwnRoot(RootBuilder &root, Operation *op) {
  SmallVector<Value> operands =
      llvm::map_to_vector(op->getOperands(), [&](Value operand) { return root.read(operand); });
  Value result = op->getResult(0), into = root.makeEmpty(sizesOf(result), getElementTypeOrSelf(result));
  root.setResult(result, cast<OwnRootOpInterface>(op).buildOwnRoot(root.builder, operands, into));
}
