// How reductions fold and which axes contractions sum over.
#include "ir/Shapes.h"
#include "ir/builders/TensorBuilder.h"

using namespace mlir;
using namespace vae;

//===-- Reductions -----------------------------------------------------------------===//

/// `FloatOpT` or `IntegerOpT` of two elements, whichever fits.
template <typename FloatOpT, typename IntegerOpT>
static Value combineEither(OpBuilder &builder, Location loc, Value a, Value b) {
  if (isa<FloatType>(a.getType()))
    return FloatOpT::create(builder, loc, a, b);
  return IntegerOpT::create(builder, loc, a, b);
}

SmallVector<int64_t> SumOp::getReducedAxes() { return *normalizeAxes({}, getAxis(), tensorType(getX())); }

TypedAttr SumOp::getNeutral(OpBuilder &builder) { return builder.getZeroAttr(tensorType(getX()).getElementType()); }

Value SumOp::combine(OpBuilder &builder, Location loc, Value accumulator, Value element) {
  return combineEither<arith::AddFOp, arith::AddIOp>(builder, loc, accumulator, element);
}

Value SumOp::buildReduction(OpBuilder &builder, Location loc, Value operand, ArrayRef<int64_t> axes) {
  return TensorBuilder(builder, loc).sum(operand, axes);
}

/// The element that every other one is greater (or, with `least`, less) than.
static TypedAttr extremumNeutral(OpBuilder &builder, Type element, bool least) {
  if (auto real = dyn_cast<FloatType>(element))
    return builder.getFloatAttr(real, APFloat::getInf(real.getFloatSemantics(), /*Negative=*/!least));
  unsigned width = element.getIntOrFloatBitWidth();
  return builder.getIntegerAttr(element, least ? APInt::getSignedMaxValue(width) : APInt::getSignedMinValue(width));
}

SmallVector<int64_t> AmaxOp::getReducedAxes() { return *normalizeAxes({}, getAxis(), tensorType(getX())); }
SmallVector<int64_t> AminOp::getReducedAxes() { return *normalizeAxes({}, getAxis(), tensorType(getX())); }

TypedAttr AmaxOp::getNeutral(OpBuilder &builder) {
  return extremumNeutral(builder, tensorType(getX()).getElementType(), /*least=*/false);
}
TypedAttr AminOp::getNeutral(OpBuilder &builder) {
  return extremumNeutral(builder, tensorType(getX()).getElementType(), /*least=*/true);
}

Value AmaxOp::combine(OpBuilder &builder, Location loc, Value accumulator, Value element) {
  return combineEither<arith::MaximumFOp, arith::MaxSIOp>(builder, loc, accumulator, element);
}
Value AminOp::combine(OpBuilder &builder, Location loc, Value accumulator, Value element) {
  return combineEither<arith::MinimumFOp, arith::MinSIOp>(builder, loc, accumulator, element);
}

Value AmaxOp::buildReduction(OpBuilder &builder, Location loc, Value operand, ArrayRef<int64_t> axes) {
  return TensorBuilder(builder, loc).amax(operand, axes);
}
Value AminOp::buildReduction(OpBuilder &builder, Location loc, Value operand, ArrayRef<int64_t> axes) {
  return AminOp::create(builder, loc, operand, builder.getDenseI64ArrayAttr(axes), builder.getBoolAttr(false));
}

//===-- Contractions ---------------------------------------------------------------===//

SmallVector<AffineMap> MatmulOp::getContractionMaps() {
  unsigned rank = tensorType(getB()).getRank(), batch = rank - 2, missing = rank - tensorType(getA()).getRank();
  auto dim = [&](unsigned position) { return getAffineDimExpr(position, getContext()); };
  auto map = [&](AffineExpr row, AffineExpr column, unsigned first = 0) {
    SmallVector<AffineExpr> results;
    for (unsigned i = first; i < batch; ++i)
      results.push_back(dim(i));
    results.append({row, column});
    return AffineMap::get(rank + 1, 0, results, getContext());
  };
  AffineExpr m = dim(batch), n = dim(batch + 1), k = dim(batch + 2);
  return {getTransposeA() ? map(k, m, missing) : map(m, k, missing), getTransposeB() ? map(n, k) : map(k, n),
          map(m, n)};
}
