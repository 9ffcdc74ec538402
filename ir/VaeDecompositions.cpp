// Ops defined by simpler ops.
#include "ir/TensorBuilder.h"

using namespace mlir;
using namespace vae;

static SmallVector<Size> sizesOf(Value value) { return program::getSizes(cast<RankedTensorType>(value.getType())); }

static Size product(ArrayRef<Size> sizes) {
  Size result(1);
  for (const Size &size : sizes)
    result = result * size;
  return result;
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

SmallVector<Value> MeanOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  SmallVector<int64_t> axes = *normalizeAxes({}, getAxis(), cast<RankedTensorType>(getX().getType()));
  Size count(1);
  for (int64_t axis : axes)
    count = count * sizesOf(getX())[axis];
  return {t.divideBySize(t.sum(getX(), axes, getKeep()), count)};
}

SmallVector<Value> ZerosOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  return {t.make<FillOp>(getShapeAttr(), builder.getF64FloatAttr(0), getElementAttr())};
}

SmallVector<Value> ReparameterizeOp::decompose(OpBuilder &builder) {
  auto shape = program::ShapeAttr::get(getContext(), sizesOf(getMu()));
  return buildFromNoise(builder, NormalOp::create(builder, getLoc(), getRng(), shape, getSiteAttr()));
}

//===-- Losses ---------------------------------------------------------------------===//

/// A loss from its terms, reduced as the language defines: see Vae_LossOp.
static SmallVector<Value> reduceTerms(TensorBuilder &t, Value terms, StringRef reduction) {
  SmallVector<Size> sizes = sizesOf(terms);
  if (reduction == "none")
    return {terms};
  Value total = t.sum(terms, llvm::to_vector(llvm::seq<int64_t>(0, sizes.size())));
  if (reduction == "mean")
    return {t.divideBySize(total, product(sizes))};
  if (reduction == "sum" && !sizes.empty())
    return {t.divideBySize(total, sizes.front())};
  return {total};
}

SmallVector<Value> BceOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  return reduceTerms(t, t.make<BceTermOp>(getA(), getB()), getReduction());
}

SmallVector<Value> BceWithLogitsOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  return reduceTerms(t, t.make<BceWithLogitsTermOp>(getA(), getB()), getReduction());
}

SmallVector<Value> MseOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  return reduceTerms(t, t.make<SquareOp>(t.sub(getA(), getB())), getReduction());
}

/// -(1 + logvar - mu^2 - exp(logvar)) / 2.
SmallVector<Value> KlOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value mu = getA(), logvar = getB();
  Value inner = t.sub(t.sub(t.add(t.scalar(1, mu), logvar), t.make<SquareOp>(mu)), t.make<ExpOp>(logvar));
  return reduceTerms(t, t.mul(t.scalar(-0.5, mu), inner), getReduction());
}
