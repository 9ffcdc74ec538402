// How reductions fold and which axes contractions sum over.
#include "ir/TensorBuilder.h"

using namespace mlir;
using namespace vae;

static RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

//===-- Reductions -----------------------------------------------------------------===//

SmallVector<int64_t> SumOp::getReducedAxes() { return *normalizeAxes({}, getAxis(), tensorType(getX())); }

TypedAttr SumOp::getNeutral(OpBuilder &builder) { return builder.getFloatAttr(tensorType(getX()).getElementType(), 0); }

Value SumOp::combine(OpBuilder &builder, Location loc, Value accumulator, Value element) {
  return arith::AddFOp::create(builder, loc, accumulator, element);
}

Value SumOp::buildReduction(OpBuilder &builder, Location loc, Value operand, ArrayRef<int64_t> axes) {
  return TensorBuilder(builder, loc).sum(operand, axes);
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
