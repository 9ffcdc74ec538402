// A search for the nearest codes as the generics of a kernel: products, the choice among them, what the chosen rows
// make.
#include "ir/Shapes.h"
#include "ir/builders/Products.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace vae;

/// `index = argmin of norms - products` along the last axis of this shape: the lowest of equal ones, zero where none is
/// less than infinity.
static Value buildChoice(RootBuilder &root, Value products, Value norms, ArrayRef<Size> shape) {
  OpBuilder &builder = root.builder;
  unsigned rank = shape.size();
  MLIRContext *context = builder.getContext();
  auto element = cast<FloatType>(getElementTypeOrSelf(products));
  Value infinity =
      root.makeFilled(shape.drop_back(),
                      builder.getFloatAttr(element, APFloat::getInf(element.getFloatSemantics(), /*Negative=*/false)));
  Value zero = root.makeFilled(shape.drop_back(), builder.getI32IntegerAttr(0));
  AffineMap all = builder.getMultiDimIdentityMap(rank), chosen = all.dropResult(rank - 1);
  AffineMap last = AffineMap::get(rank, 0, getAffineDimExpr(rank - 1, context), context);
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  iterators.back() = utils::IteratorType::reduction;
  auto generic = linalg::GenericOp::create(
      builder, root.loc, TypeRange{infinity.getType(), zero.getType()}, ValueRange{products, norms},
      ValueRange{infinity, zero}, {all, last, chosen, chosen}, iterators,
      [&](OpBuilder &body, Location loc, ValueRange arguments) {
        Value score = arith::SubFOp::create(body, loc, arguments[1], arguments[0]);
        Value code = arith::IndexCastOp::create(body, loc, body.getI32Type(),
                                                linalg::IndexOp::create(body, loc, rank - 1).getResult());
        Value less = arith::CmpFOp::create(body, loc, arith::CmpFPredicate::OLT, score, arguments[2]);
        Value best = arith::SelectOp::create(body, loc, less, score, arguments[2]);
        Value index = arith::SelectOp::create(body, loc, less, code, arguments[3]);
        linalg::YieldOp::create(body, loc, ValueRange{best, index});
      });
  generic->setAttr(program::roleAttrName, builder.getStringAttr("choice"));
  return generic.getResult(1);
}

namespace {
/// The generic behind a choice, as far as its results leave the group: the chosen rows in the layout of the rows
/// searched for, and the sums of squares of what they miss.
struct CodesGeneric {
  CodesGeneric(NearestCodeOpInterface search, Value table)
      : table(table), quantized(search->getResult(0)), error(search->getResult(2)) {}
  void buildBody(OpBuilder &body, Location loc, ValueRange arguments) const;

  Value table, quantized, error;
  unsigned k = 0; // the last loop
};
} // namespace

/// Arguments: the row's code, the row's element, then what the outputs hold.
void CodesGeneric::buildBody(OpBuilder &body, Location loc, ValueRange arguments) const {
  Value code = arith::IndexCastOp::create(body, loc, body.getIndexType(), arguments[0]);
  Value column = linalg::IndexOp::create(body, loc, k);
  Value chosen = tensor::ExtractOp::create(body, loc, table, ValueRange{code, column});
  SmallVector<Value> yields;
  if (!quantized.use_empty())
    yields.push_back(chosen);
  if (!error.use_empty()) {
    Value missed = arith::SubFOp::create(body, loc, arguments[1], chosen);
    Value square = arith::MulFOp::create(body, loc, missed, missed);
    yields.push_back(arith::AddFOp::create(body, loc, arguments.back(), square));
  }
  linalg::YieldOp::create(body, loc, yields);
}

static void buildCodes(RootBuilder &root, NearestCodeOpInterface search, Value index) {
  OpBuilder &builder = root.builder;
  Value rows = root.read(search->getOperand(0));
  CodesGeneric codes(search, root.read(search->getOperand(1)));
  // The loops are batch, m and k: n is gone.
  AffineMap products = search.getProductMaps()[0];
  unsigned rank = products.getNumDims() - 1;
  codes.k = rank - 1;
  SmallVector<AffineExpr> loops;
  for (unsigned loop = 0; loop <= rank; ++loop)
    loops.push_back(builder.getAffineDimExpr(std::min(loop, codes.k)));
  AffineMap layout = products.replaceDimsAndSymbols(loops, {}, rank, 0);
  AffineMap kept = builder.getMultiDimIdentityMap(rank).dropResult(codes.k);
  Type element = getElementTypeOrSelf(rows);
  SmallVector<Value> values, outputs;
  SmallVector<AffineMap> maps{kept, layout};
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  if (!codes.quantized.use_empty()) {
    values.push_back(codes.quantized);
    outputs.push_back(root.makeEmpty(sizesOf(codes.quantized), element));
    maps.push_back(layout);
  }
  if (!codes.error.use_empty()) {
    values.push_back(codes.error);
    outputs.push_back(root.makeFilled(sizesOf(codes.error), builder.getFloatAttr(element, 0)));
    maps.push_back(kept);
    iterators[codes.k] = utils::IteratorType::reduction;
  }
  if (values.empty())
    return;
  auto generic = linalg::GenericOp::create(
      builder, root.loc, TypeRange(ValueRange(outputs)), ValueRange{index, rows}, outputs, maps, iterators,
      [&](OpBuilder &body, Location at, ValueRange arguments) { codes.buildBody(body, at, arguments); });
  generic->setAttr(program::roleAttrName, builder.getStringAttr("epilogue"));
  for (auto [value, result] : llvm::zip_equal(values, generic->getResults()))
    root.setResult(value, result);
}

void vae::buildNearestCode(RootBuilder &root, Operation *op) {
  auto search = cast<NearestCodeOpInterface>(op);
  SmallVector<Value> operands =
      llvm::map_to_vector(op->getOperands(), [&](Value operand) { return root.read(operand); });
  SmallVector<Size> shape = sizesOf(op->getResult(1));
  shape.push_back(sizesOf(op->getOperand(1)).front());
  Value products = buildProduct(root, search.getProductMaps(), operands[0], operands[1], shape);
  Value index = buildChoice(root, products, operands[2], shape);
  root.setResult(op->getResult(1), index);
  buildCodes(root, search, index);
}
