// Products as roots, and roots that are ops of their own.
#include "ir/builders/Products.h"
#include "ir/Shapes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace vae;

program::FormAttr vae::getProductForm(program::KernelForm form, ArrayRef<AffineMap> maps) {
  int64_t loops = maps[0].getNumDims();
  return program::FormAttr::get(maps[0].getContext(), form, {{"m", loops - 3}, {"n", loops - 2}, {"k", loops - 1}});
}

Value vae::buildProduct(RootBuilder &root, ArrayRef<AffineMap> maps, Value left, Value right, ArrayRef<Size> shape) {
  OpBuilder &builder = root.builder;
  Value init = root.makeFilled(shape, builder.getFloatAttr(getElementTypeOrSelf(left), 0.0));
  SmallVector<utils::IteratorType> iterators(maps[2].getNumDims(), utils::IteratorType::reduction);
  for (AffineExpr expr : maps[2].getResults())
    iterators[cast<AffineDimExpr>(expr).getPosition()] = utils::IteratorType::parallel;
  auto generic = linalg::GenericOp::create(builder, root.loc, init.getType(), ValueRange{left, right}, init, maps,
                                           iterators, [](OpBuilder &body, Location loc, ValueRange arguments) {
                                             Value product =
                                                 arith::MulFOp::create(body, loc, arguments[0], arguments[1]);
                                             Value sum = arith::AddFOp::create(body, loc, arguments[2], product);
                                             linalg::YieldOp::create(body, loc, sum);
                                           });
  generic->setAttr(program::roleAttrName, builder.getStringAttr("root"));
  return generic.getResult(0);
}

void vae::buildContraction(RootBuilder &root, Operation *op) {
  Value result = op->getResult(0), left = root.compute(op->getOperand(0)), right = root.compute(op->getOperand(1));
  SmallVector<AffineMap> maps = cast<ContractionOpInterface>(op).getContractionMaps();
  root.setResult(result, buildProduct(root, maps, left, right, sizesOf(result)));
}

void vae::buildOwnRoot(RootBuilder &root, Operation *op) {
  SmallVector<Value> operands =
      llvm::map_to_vector(op->getOperands(), [&](Value operand) { return root.read(operand); });
  Value result = op->getResult(0), into = root.makeEmpty(sizesOf(result), getElementTypeOrSelf(result));
  root.setResult(result, cast<OwnRootOpInterface>(op).buildOwnRoot(root.builder, operands, into));
}
