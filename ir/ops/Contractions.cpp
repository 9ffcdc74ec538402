// Sums of products: linear layers, matrix products.
#include "ir/ops/Contractions.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/TensorBuilder.h"
#include <cmath>

using namespace mlir;
using namespace vae;
using program::getSizes;
using program::getTensorType;

using Built = FailureOr<SmallVector<Value>>;

//===-- linear ------------------------------------------------------------===//

LogicalResult LinearOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  SmallVector<Size> x = getSizes(tensorType(adaptor.getX())), weight = getSizes(tensorType(adaptor.getWeight()));
  if (x.empty() || weight.size() != 2 || x.back() != weight[1])
    return emitOptionalError(loc, messages::LinearWeight(shapeText(x), shapeText(weight)));
  if (Value bias = adaptor.getBias(); bias && getSizes(tensorType(bias)) != SmallVector<Size>{weight[0]})
    return emitOptionalError(loc, messages::LinearBias(shapeText(weight), shapeText(bias.getType())));
  x.back() = weight[0];
  types.push_back(getTensorType(x, tensorType(adaptor.getX()).getElementType()));
  return success();
}

/// `linear(x, out, bias)`: parameters as torch.nn.Linear makes them.
Built LinearOp::buildBuiltin(BuiltinCall &call) {
  Value x = call.tensor("x");
  auto type = cast<RankedTensorType>(x.getType());
  int64_t out = call.integer("out");
  if (out <= 0)
    return mlir::emitError(call.loc) << messages::LinearFeatures(out);
  std::optional<int64_t> in = type.getRank() == 0 ? std::nullopt : program::getSizes(type).back().getConstant();
  if (!in)
    return mlir::emitError(call.loc) << messages::LinearInput(shapeText(type));
  double bound = 1.0 / std::sqrt(static_cast<double>(*in));
  auto init = program::InitAttr::get(call.loc.getContext(), "uniform", -bound, bound);
  SmallVector<Value> operands = {x};
  auto addParameter = [&](StringRef name, ArrayRef<int64_t> shape) -> LogicalResult {
    FailureOr<Value> value =
        call.makeParameter(name, RankedTensorType::get(shape, type.getElementType()), init, /*frozen=*/false);
    if (succeeded(value))
      operands.push_back(*value);
    return value;
  };
  if (failed(addParameter("weight", {out, *in})) || (call.boolean("bias") && failed(addParameter("bias", {out}))))
    return failure();
  return call.build(getOperationName(), operands, {});
}

SmallVector<Value> LinearOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  SmallVector<Size> sizes = sizesOf(getX());
  Size in = sizes.pop_back_val();
  Value rows = sizes.size() == 1 ? getX() : t.reshape(getX(), {product(sizes), in});
  Value result = t.make<MatmulOp>(rows, getWeight(), /*transpose_a=*/false, /*transpose_b=*/true);
  if (getBias())
    result = t.add(result, getBias());
  return {sizes.size() == 1 ? result : t.reshape(result, sizesOf(getResult()))};
}

//===-- matmul ------------------------------------------------------------===//

LogicalResult MatmulOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  if (failed(checkElements(loc, adaptor.getOperands())))
    return failure();
  SmallVector<Size> a = getSizes(tensorType(adaptor.getA())), b = getSizes(tensorType(adaptor.getB()));
  size_t rank = b.size(), aRank = a.size(), missing = rank - aRank;
  if (aRank < 2 || rank < aRank)
    return emitOptionalError(loc, messages::MatmulRanks(shapeText(a), shapeText(b)));
  for (size_t axis = 0; axis + 2 < aRank; ++axis)
    if (a[axis] != b[missing + axis])
      return emitOptionalError(
          loc, messages::MatmulBatch(shapeText(a), shapeText(b), axis, a[axis].str(), b[missing + axis].str()));
  const Size &aInner = a[aRank - (adaptor.getTransposeA() ? 2 : 1)],
             &bInner = b[rank - (adaptor.getTransposeB() ? 1 : 2)];
  if (aInner != bInner)
    return emitOptionalError(loc, messages::MatmulInner(shapeText(a), shapeText(b), aInner.str(), bInner.str()));
  SmallVector<Size> result(b.begin(), b.end() - 2);
  result.push_back(a[aRank - (adaptor.getTransposeA() ? 1 : 2)]);
  result.push_back(b[rank - (adaptor.getTransposeB() ? 2 : 1)]);
  types.push_back(getTensorType(result, tensorType(adaptor.getA()).getElementType()));
  return success();
}

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

/// The sizes of the matrices of `a` behind the leading ones of `b`.
static SmallVector<Size> leadingLike(Value b, Value a) {
  SmallVector<Size> sizes = sizesOf(b), matrix = sizesOf(a);
  std::copy(matrix.end() - 2, matrix.end(), sizes.end() - 2);
  return sizes;
}

void MatmulOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  Value g = resultGradients[0], a = getA(), b = getB();
  bool ta = getTransposeA(), tb = getTransposeB();
  // With A and B as multiplied, dA = g B^T and dB = A^T g; an operand given transposed wants its gradient transposed.
  Value aGradient = ta ? t.make<MatmulOp>(b, g, tb, true) : t.make<MatmulOp>(g, b, false, !tb);
  gradients.push_back(sumToShape(builder, getLoc(), aGradient, tensorType(a)));
  if (tb && tensorType(a).getRank() != tensorType(b).getRank())
    a = t.broadcast(a, leadingLike(b, a));
  gradients.push_back(tb ? t.make<MatmulOp>(g, a, true, ta) : t.make<MatmulOp>(a, g, !ta, false));
}
