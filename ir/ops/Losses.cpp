// Losses: the terms of each, and how they are reduced.
#include "ir/ops/Losses.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/ElementFormula.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Elementwise.h"
#include "ir/training/Schedules.h"
#include <cmath>

using namespace mlir;
using namespace vae;

LogicalResult vae::inferLoss(OptionalLocation loc, ValueRange operands, StringRef reduction,
                             std::array<StringRef, 2> names, SmallVectorImpl<Type> &types) {
  if (failed(checkSameType(loc, operands[0], operands[1], names[0], names[1])))
    return failure();
  RankedTensorType type = tensorType(operands[0]);
  return inferReducedTerms(loc, program::getSizes(type), type.getElementType(), reduction, types);
}

LogicalResult vae::inferReducedTerms(OptionalLocation loc, ArrayRef<Size> terms, Type element, StringRef reduction,
                                     SmallVectorImpl<Type> &types) {
  if (!llvm::is_contained({"mean", "sum", "total", "none"}, reduction))
    return emitOptionalError(loc, messages::UnknownReduction(reduction));
  types.push_back(reduction == "none" ? program::getTensorType(terms, element) : RankedTensorType::get({}, element));
  return success();
}

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

//===-- Differences -------------------------------------------------------===//

SmallVector<Value> MseOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  return reduceTerms(t, t.make<SquareOp>(t.sub(getA(), getB())), getReduction());
}

SmallVector<Value> L1Op::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  return reduceTerms(t, t.make<AbsOp>(t.sub(getA(), getB())), getReduction());
}

LogicalResult HuberOp::verify() {
  if (double delta = getDelta().convertToDouble(); !(delta > 0))
    return emitOpError() << messages::HuberDelta(getFormulaNumber(delta));
  return success();
}

/// The square of what lies below delta, and a line for the rest: no part is computed that is not the result's, so none is
/// infinite where that is finite.
static Value huberTerms(TensorBuilder &t, Value a, Value b, Value delta) {
  Value size = t.make<AbsOp>(t.sub(a, b)), near = t.make<MinOp>(size, delta), far = t.mul(delta, t.sub(size, near));
  return t.add(t.mul(t.scalar(0.5, size), t.make<SquareOp>(near)), far);
}

FailureOr<SmallVector<Value>> HuberOp::buildBuiltin(BuiltinCall &call) {
  if (!call.tensor("delta"))
    return call.buildDefault(getOperationName());
  TensorBuilder t(call.builder, call.loc);
  SmallVector<Type> types;
  Value a = call.tensor("y"), b = call.tensor("x");
  if (failed(inferLoss(call.loc, {a, b}, call.string("reduction"), {"y", "x"}, types)))
    return failure();
  return reduceTerms(t, huberTerms(t, a, b, call.tensor("delta")), call.string("reduction"));
}

SmallVector<Value> HuberOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value delta = t.scalar(getDelta().convertToDouble(), getA());
  return reduceTerms(t, huberTerms(t, getA(), getB(), delta), getReduction());
}

/// -(1 + logvar - mu^2 - exp(logvar)) / 2.
SmallVector<Value> KlOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value mu = getA(), logvar = getB();
  Value inner = t.sub(t.sub(t.add(t.scalar(1, mu), logvar), t.make<SquareOp>(mu)), t.make<ExpOp>(logvar));
  return reduceTerms(t, t.mul(t.scalar(-0.5, mu), inner), getReduction());
}

//===-- Binary cross entropy ----------------------------------------------===//

SmallVector<Value> BceOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  return reduceTerms(t, t.make<BceTermOp>(getA(), getB()), getReduction());
}

SmallVector<Value> BceWithLogitsOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  return reduceTerms(t, t.make<BceWithLogitsTermOp>(getA(), getB()), getReduction());
}

/// (x - 1) * max(log1p(-y), -100) - x * max(log(y), -100).
static Value binaryCrossEntropy(ElementFormula &f, Value y, Value x) {
  Value off = f.mul(f.sub(x, f.constant(1)), f.atLeast(f.math<math::Log1pOp>(f.neg(y)), -100));
  return f.sub(off, f.mul(x, f.atLeast(f.math<math::LogOp>(y), -100)));
}

void BceTermOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x, SmallVectorImpl<Value> &results) {
  ElementFormula f(builder, context.loc, x[0].getType());
  results.push_back(binaryCrossEntropy(f, x[0], x[1]));
}

/// dy = (y - x) / max(y * (1 - y), 1e-12); dx = max(log1p(-y), -100) - max(log(y), -100), where log1p(-y) is log(1 -
/// y).
void BceTermOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  Value g = resultGradients[0], y = getPrediction(), x = getTarget();
  Value off = t.sub(t.scalar(1, y), y), floor = t.scalar(-100, y);
  Value variance = t.make<MaxOp>(t.mul(y, off), t.scalar(1e-12, y));
  gradients.push_back(t.mul(g, t.div(t.sub(y, x), variance)));
  gradients.push_back(
      t.mul(g, t.sub(t.make<MaxOp>(t.make<LogOp>(off), floor), t.make<MaxOp>(t.make<LogOp>(y), floor))));
}

void BceWithLogitsTermOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x,
                                      SmallVectorImpl<Value> &results) {
  ElementFormula f(builder, context.loc, x[0].getType());
  results.push_back(f.add(f.mul(f.sub(f.constant(1), x[1]), x[0]), f.softplus(f.neg(x[0]))));
}

/// dl = sigmoid(l) - x; dx = -l.
void BceWithLogitsTermOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  Value g = resultGradients[0], logit = getPrediction();
  gradients.push_back(t.mul(g, t.sub(t.make<SigmoidOp>(logit), getTarget())));
  gradients.push_back(t.make<NegOp>(t.mul(g, logit)));
}

//===-- Densities ---------------------------------------------------------===//

static LogicalResult inferDensity(OptionalLocation loc, Value x, Value mu, Value logScale, StringRef reduction,
                                  SmallVectorImpl<Type> &types) {
  if (failed(checkSameType(loc, x, mu, "x", "mu")) || failed(checkSameType(loc, x, logScale, "x", "log_scale")))
    return failure();
  return inferReducedTerms(loc, sizesOf(x), tensorType(x).getElementType(), reduction, types);
}

LogicalResult LogisticNllOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  return inferDensity(loc, adaptor.getX(), adaptor.getMu(), adaptor.getLogScale(), adaptor.getReduction(), types);
}

/// Of |z|, as the density is symmetric: infinities do not meet.
SmallVector<Value> LogisticNllOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value z = t.make<AbsOp>(t.mul(t.sub(getX(), getMu()), t.make<ExpOp>(t.make<NegOp>(getLogScale()))));
  Value tail = t.mul(t.scalar(2, z), t.make<SoftplusOp>(t.make<NegOp>(z)));
  return reduceTerms(t, t.add(t.add(z, getLogScale()), tail), getReduction());
}

LogicalResult DiscretizedLogisticNllOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                         SmallVectorImpl<Type> &types) {
  return inferDensity(loc, adaptor.getX(), adaptor.getMu(), adaptor.getLogScale(), adaptor.getReduction(), types);
}

LogicalResult DiscretizedLogisticNllOp::verify() {
  double lo = getLo().convertToDouble(), hi = getHi().convertToDouble();
  if (int64_t levels = getLevels(); levels < 2 || !(lo < hi))
    return emitOpError() << messages::LogisticLevels(levels, getFormulaNumber(lo), getFormulaNumber(hi));
  return success();
}

/// -log sigmoid(a) is softplus(-a), -log sigmoid(-b) is softplus(b); 1 - exp(-2 u) is 2 tanh(u) / (1 + tanh(u)).
SmallVector<Value> DiscretizedLogisticNllOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value x = getX(), zero = t.scalar(0, x);
  double lo = getLo().convertToDouble(), hi = getHi().convertToDouble();
  double halfStep = (hi - lo) / static_cast<double>(getLevels() - 1) / 2;
  Value rate = t.make<ExpOp>(t.make<NegOp>(getLogScale())), centred = t.sub(x, getMu()), half = t.scalar(halfStep, x);
  Value above = t.mul(t.add(centred, half), rate), below = t.mul(t.sub(centred, half), rate);
  Value lowest = t.make<LessOp>(x, t.scalar(lo + halfStep, x)),
        highest = t.make<GreaterOp>(x, t.scalar(hi - halfStep, x));
  Value one = t.scalar(1, x), width = t.where(t.add(lowest, highest), one, t.make<TanhOp>(t.mul(half, rate)));
  Value between = t.make<LogOp>(t.div(t.mul(t.scalar(2, x), width), t.add(one, width)));
  Value upper = t.where(highest, zero, t.make<SoftplusOp>(t.make<NegOp>(above)));
  Value lower = t.where(lowest, zero, t.make<SoftplusOp>(below));
  return reduceTerms(t, t.sub(t.add(upper, lower), between), getReduction());
}

LogicalResult LaplaceLogitNllOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                  SmallVectorImpl<Type> &types) {
  return inferDensity(loc, adaptor.getX(), adaptor.getMu(), adaptor.getLogScale(), adaptor.getReduction(), types);
}

LogicalResult LaplaceLogitNllOp::verify() {
  if (double eps = getEps().convertToDouble(); !(eps > 0 && eps < 0.5))
    return emitOpError() << messages::LaplaceEps(getFormulaNumber(eps));
  return success();
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
