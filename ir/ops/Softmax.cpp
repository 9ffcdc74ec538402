// The softmax family: result types and definitions. The greatest logit is taken off first, so nothing overflows.
#include "ir/ops/Softmax.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Discrete.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Losses.h"

using namespace mlir;
using namespace vae;

/// An axis counted from 0; it is known to be inside.

/// The sizes without one axis; fails with a message where there is no such axis.
static FailureOr<SmallVector<Size>> dropAxis(OptionalLocation loc, Value value, int64_t axis) {
  FailureOr<SmallVector<int64_t>> axes = normalizeAxes(loc, ArrayRef(axis), tensorType(value));
  if (failed(axes))
    return failure();
  SmallVector<Size> sizes = program::getSizes(tensorType(value));
  sizes.erase(sizes.begin() + axes->front());
  return sizes;
}

//===-- Softmax ------------------------------------------------------------------===//

static LogicalResult inferAxisOp(OptionalLocation loc, Value x, int64_t axis, SmallVectorImpl<Type> &types) {
  types.push_back(x.getType());
  return normalizeAxes(loc, ArrayRef(axis), tensorType(x));
}

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return inferAxisOp(loc, adaptor.getX(), adaptor.getAxis(), types);
}

LogicalResult LogSoftmaxOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  return inferAxisOp(loc, adaptor.getX(), adaptor.getAxis(), types);
}

/// Logits less the greatest of them, which changes no probability and so takes no gradient.
static Value shiftLogits(TensorBuilder &t, Value logits, int64_t axis) {
  return t.sub(logits, t.make<StopGradientOp>(t.amax(logits, axis, /*keep=*/true)));
}

static Value buildLogSoftmax(TensorBuilder &t, Value logits, int64_t axis) {
  Value shifted = shiftLogits(t, logits, axis);
  return t.sub(shifted, t.make<LogOp>(t.sum(t.make<ExpOp>(shifted), axis, /*keep=*/true)));
}

SmallVector<Value> SoftmaxOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  int64_t axis = axisOf(getAxis(), tensorType(getX()).getRank());
  Value weights = t.make<ExpOp>(shiftLogits(t, getX(), axis));
  return {t.div(weights, t.sum(weights, axis, /*keep=*/true))};
}

SmallVector<Value> LogSoftmaxOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  return {buildLogSoftmax(t, getX(), axisOf(getAxis(), tensorType(getX()).getRank()))};
}

//===-- Losses ---------------------------------------------------------------------===//

LogicalResult CrossEntropyOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  FailureOr<SmallVector<Size>> places = dropAxis(loc, adaptor.getLogits(), adaptor.getAxis());
  if (failed(places))
    return failure();
  if (*places != program::getSizes(tensorType(adaptor.getLabels())))
    return emitOptionalError(loc, messages::CrossEntropyLabels(
                                      shapeText(adaptor.getLogits().getType()), static_cast<int64_t>(adaptor.getAxis()),
                                      shapeText(adaptor.getLabels().getType()), shapeText(*places)));
  Size classes = program::getSizes(
      tensorType(adaptor.getLogits()))[axisOf(adaptor.getAxis(), tensorType(adaptor.getLogits()).getRank())];
  if (!classes.getConstant())
    return emitOptionalError(loc, messages::CrossEntropyClasses(classes.str()));
  return inferReducedTerms(loc, *places, tensorType(adaptor.getLogits()).getElementType(), adaptor.getReduction(),
                           types);
}

std::optional<int64_t> CrossEntropyOp::getIndexBound(unsigned operand) {
  SmallVector<Size> sizes = program::getSizes(cast<RankedTensorType>(getLogits().getType()));
  int64_t axis = getAxis();
  return operand == 1 ? sizes[axisOf(axis, sizes.size())].getConstant() : std::nullopt;
}

SmallVector<Value> CrossEntropyOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  int64_t axis = axisOf(getAxis(), tensorType(getLogits()).getRank());
  Value logs = buildLogSoftmax(t, getLogits(), axis);
  std::optional<int64_t> classes = program::getSizes(tensorType(getLogits()))[axis].getConstant();
  Value chosen = t.make<OneHotOp>(getLabels(), builder.getI64IntegerAttr(*classes), builder.getI64IntegerAttr(axis),
                                  TypeAttr::get(getElementTypeOrSelf(logs)));
  // A choice, not a product: a logit of minus infinity elsewhere leaves no trace.
  Value terms = t.make<NegOp>(t.sum(t.where(chosen, logs, t.scalar(0, logs)), axis));
  return reduceTerms(t, terms, getReduction());
}

LogicalResult KlCategoricalUniformOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                       SmallVectorImpl<Type> &types) {
  FailureOr<SmallVector<Size>> places = dropAxis(loc, adaptor.getLogits(), adaptor.getAxis());
  if (failed(places))
    return failure();
  return inferReducedTerms(loc, *places, tensorType(adaptor.getLogits()).getElementType(), adaptor.getReduction(),
                           types);
}

SmallVector<Value> KlCategoricalUniformOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  int64_t axis = axisOf(getAxis(), tensorType(getLogits()).getRank());
  Value logs = buildLogSoftmax(t, getLogits(), axis);
  Size classes = program::getSizes(tensorType(getLogits()))[axis];
  // The logarithm of a probability that is 0 is read by neither the term nor its gradient.
  Value probabilities = t.make<ExpOp>(logs), zero = t.scalar(0, logs);
  Value surplus =
      t.add(t.where(t.make<EqualOp>(probabilities, zero), zero, logs), t.make<LogOp>(t.sizeOf(classes, logs)));
  Value terms = t.sum(t.mul(probabilities, surplus), axis);
  return reduceTerms(t, terms, getReduction());
}
