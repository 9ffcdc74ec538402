// Ops defined by simpler ops.
#include "ir/Shapes.h"
#include "ir/builders/TensorBuilder.h"
#include <cmath>

using namespace mlir;
using namespace vae;

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

SmallVector<Value> CumsumOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  SmallVector<Size> sizes = sizesOf(getX());
  int64_t rank = sizes.size(), axis = getAxis();
  if (axis < 0)
    axis += rank;
  SmallVector<int64_t> swap = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  std::swap(swap[axis], swap[rank - 1]);
  Value turned = axis == rank - 1 ? getX() : t.make<TransposeOp>(getX(), swap);
  Size length = sizes[axis], others = *product(sizes).divide(length);
  auto square = program::ShapeAttr::get(getContext(), {length, length});
  Value ones = t.make<TriangleOp>(square, TypeAttr::get(getElementTypeOrSelf(turned)));
  Value sums = t.make<MatmulOp>(t.reshape(turned, {others, length}), ones, false, false);
  sums = t.reshape(sums, sizesOf(turned));
  return {axis == rank - 1 ? sums : t.make<TransposeOp>(sums, swap)};
}

/// Each step multiplies by what lies twice as far back, ones before the first.
SmallVector<Value> CumprodOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  SmallVector<Size> sizes = sizesOf(getX());
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), cast<RankedTensorType>(getType()))->front();
  int64_t length = *sizes[axis].getConstant();
  Value products = getX();
  for (int64_t back = 1; back < length; back *= 2) {
    SmallVector<Size> before = sizes;
    before[axis] = Size(back);
    Value ones = t.make<FillOp>(program::ShapeAttr::get(getContext(), before), builder.getF64FloatAttr(1),
                                TypeAttr::get(getElementTypeOrSelf(products)));
    Value shifted = t.slice(products, axis, Size(0), Size(length - back));
    shifted = t.make<ConcatOp>(ValueRange{ones, shifted}, builder.getI64IntegerAttr(axis));
    products = t.mul(products, shifted);
  }
  return {products};
}

SmallVector<Value> ReparameterizeOp::decompose(OpBuilder &builder) {
  auto shape = program::ShapeAttr::get(getContext(), sizesOf(getMu()));
  return buildFromNoise(builder, NormalOp::create(builder, getLoc(), getRng(), shape, getSiteAttr()));
}

//===-- Losses ---------------------------------------------------------------------===//

SmallVector<Value> vae::reduceTerms(TensorBuilder &t, Value terms, StringRef reduction) {
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

SmallVector<Value> L1Op::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  return reduceTerms(t, t.make<AbsOp>(t.sub(getA(), getB())), getReduction());
}

SmallVector<Value> HuberOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  double delta = getDelta().convertToDouble();
  Value difference = t.sub(getA(), getB()), size = t.make<AbsOp>(difference);
  Value near = t.mul(t.scalar(0.5, size), t.make<SquareOp>(difference));
  Value far = t.mul(t.scalar(delta, size), t.sub(size, t.scalar(delta / 2, size)));
  Value terms = t.where(t.make<LessEqualOp>(size, t.scalar(delta, size)), near, far);
  return reduceTerms(t, terms, getReduction());
}

/// -(1 + logvar - mu^2 - exp(logvar)) / 2.
SmallVector<Value> KlOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value mu = getA(), logvar = getB();
  Value inner = t.sub(t.sub(t.add(t.scalar(1, mu), logvar), t.make<SquareOp>(mu)), t.make<ExpOp>(logvar));
  return reduceTerms(t, t.mul(t.scalar(-0.5, mu), inner), getReduction());
}

SmallVector<Value> LogisticNllOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value z = t.mul(t.sub(getX(), getMu()), t.make<ExpOp>(t.make<NegOp>(getLogScale())));
  Value tail = t.mul(t.scalar(2, z), t.make<SoftplusOp>(t.make<NegOp>(z)));
  return reduceTerms(t, t.add(t.add(z, getLogScale()), tail), getReduction());
}

/// -log sigmoid(a) is softplus(-a), -log sigmoid(-b) is softplus(b); 1 - exp(-2 u) is 2 tanh(u) / (1 + tanh(u)).
SmallVector<Value> DiscretizedLogisticNllOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value x = getX(), zero = t.scalar(0, x);
  double lo = getLo().convertToDouble(), hi = getHi().convertToDouble();
  double halfStep = (hi - lo) / static_cast<double>(getLevels() - 1) / 2;
  Value rate = t.make<ExpOp>(t.make<NegOp>(getLogScale())), centred = t.sub(x, getMu()), half = t.scalar(halfStep, x);
  Value above = t.mul(t.add(centred, half), rate), below = t.mul(t.sub(centred, half), rate);
  Value width = t.make<TanhOp>(t.mul(half, rate));
  Value between = t.make<LogOp>(t.div(t.mul(t.scalar(2, x), width), t.add(t.scalar(1, x), width)));
  Value lowest = t.make<LessOp>(x, t.scalar(lo + halfStep, x)),
        highest = t.make<GreaterOp>(x, t.scalar(hi - halfStep, x));
  Value upper = t.where(highest, zero, t.make<SoftplusOp>(t.make<NegOp>(above)));
  Value lower = t.where(lowest, zero, t.make<SoftplusOp>(below));
  Value inner = t.where(t.add(lowest, highest), zero, between);
  return reduceTerms(t, t.sub(t.add(upper, lower), inner), getReduction());
}

/// The logit and the density's other factor in u share its logarithms.
SmallVector<Value> LaplaceLogitNllOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  double eps = getEps().convertToDouble();
  Value x = getX(), u = t.add(t.mul(t.scalar(1 - 2 * eps, x), x), t.scalar(eps, x));
  Value above = t.make<LogOp>(u), below = t.make<LogOp>(t.sub(t.scalar(1, u), u));
  Value distance = t.make<AbsOp>(t.sub(t.sub(above, below), getMu()));
  Value scaled = t.mul(distance, t.make<ExpOp>(t.make<NegOp>(getLogScale())));
  Value ends = t.add(t.add(above, below), t.scalar(std::log(2.0), x));
  return reduceTerms(t, t.add(t.add(scaled, getLogScale()), ends), getReduction());
}
