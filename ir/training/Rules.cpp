// Calls in `train` other than optimisers: their arguments, what they build into a training function.
#include "ir/training/Rules.h"
#include "ir/Messages.h"
#include "ir/builders/ElementFormula.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Elementwise.h"
#include "ir/training/Arguments.h"
#include "ir/training/Schedules.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <limits>

using namespace mlir;
using namespace vae;

std::string vae::formulaOf(DictionaryAttr arguments, StringRef name) {
  Attribute argument = arguments.get(name);
  if (auto formula = dyn_cast<StringAttr>(argument))
    return formula.str();
  return getFormulaNumber(cast<FloatAttr>(argument).getValueAsDouble());
}

double vae::numberOf(DictionaryAttr arguments, StringRef name) {
  auto number = dyn_cast_or_null<FloatAttr>(arguments.get(name));
  return number ? number.getValueAsDouble() : 0;
}

std::optional<Message> vae::findOutside(DictionaryAttr arguments, ArrayRef<StringRef> names, double end) {
  for (StringRef name : names) {
    double value = numberOf(arguments, name);
    if (!(value >= 0))
      return messages::ArgumentNegative(name, getFormulaNumber(value));
    if (!(value < end))
      return messages::ArgumentTooLarge(name, getFormulaNumber(value), getFormulaNumber(end));
  }
  return std::nullopt;
}

//===-- Options of a step -------------------------------------------------------===//

std::optional<Message> ClipNormOp::findFault(DictionaryAttr arguments) {
  auto max = dyn_cast<FloatAttr>(arguments.get("max"));
  if (!max || max.getValueAsDouble() > 0)
    return std::nullopt;
  return messages::ArgumentNotPositive("max", getFormulaNumber(max.getValueAsDouble()));
}

SmallVector<std::string> ClipNormOp::getScalarFormulas(DictionaryAttr arguments) {
  return {formulaOf(arguments, "max")};
}

SmallVector<Value> ClipNormOp::transformGradients(OpBuilder &builder, Location loc, ValueRange gradients,
                                                  ValueRange scalars) {
  return create(builder, loc, gradients, scalars.front()).getResults();
}

LogicalResult ClipNormOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  llvm::append_range(types, adaptor.getGradients().getTypes());
  return success();
}

/// The sum of the squares of all elements, each times `scale`.
static Value sumSquares(TensorBuilder &t, ValueRange gradients, double scale) {
  Value total;
  for (Value gradient : gradients) {
    auto axes = llvm::to_vector(llvm::seq<int64_t>(0, cast<RankedTensorType>(gradient.getType()).getRank()));
    Value squares = t.make<SquareOp>(scale == 1 ? gradient : t.mul(gradient, t.scalar(scale, gradient)));
    Value sum = axes.empty() ? squares : t.sum(squares, axes);
    total = total ? t.add(total, sum) : sum;
  }
  return total;
}

/// Where the squares of the gradients overflow, their norm and they themselves are taken times 2^-80; the factor is that
/// much greater. Both sums are one pass.
SmallVector<Value> ClipNormOp::decompose(OpBuilder &builder) {
  if (getGradients().empty())
    return {};
  TensorBuilder t(builder, getLoc());
  constexpr double small = 0x1p-80;
  Value total = sumSquares(t, getGradients(), 1), rest = sumSquares(t, getGradients(), small), one = t.scalar(1, total);
  Value fits = t.make<LessOp>(total, t.scalar(std::numeric_limits<double>::infinity(), total));
  Value scale = t.where(fits, one, t.scalar(small, total)), most = t.where(fits, one, t.scalar(1 / small, total));
  Value norm = t.add(t.make<SqrtOp>(t.where(fits, total, rest)), t.mul(scale, t.scalar(1e-6, total)));
  Value factor = t.make<MinOp>(t.div(getMax(), norm), most);
  return llvm::map_to_vector(getGradients(), [&](Value g) { return t.mul(t.mul(g, scale), factor); });
}

std::optional<Message> EmaOp::findFault(DictionaryAttr arguments) {
  return findOutside(arguments, {"decay"}, /*end=*/1);
}

SmallVector<std::string> EmaOp::getScalarFormulas(DictionaryAttr arguments) {
  return {"1 " + formulaOf(arguments, "decay") + " step 1 min * -"};
}

Value EmaOp::followParameter(OpBuilder &builder, Location loc, Value state, Value parameter, ValueRange scalars) {
  return create(builder, loc, state.getType(), state, parameter, scalars.front());
}

/// `average + rate * (value - average)` of elements x = (average, value, rate).
static Value followElement(OpBuilder &builder, Location loc, ValueRange x) {
  ElementFormula f(builder, loc, x[0].getType());
  return f.add(x[0], f.mul(x[2], f.sub(x[1], x[0])));
}

void EmaOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x, SmallVectorImpl<Value> &results) {
  results.push_back(followElement(builder, context.loc, x));
}

//===-- Rules that move buffers -------------------------------------------------===//

std::optional<Message> MovingAverageOp::findFault(DictionaryAttr arguments) {
  return findOutside(arguments, {"decay"}, /*end=*/1);
}

SmallVector<std::string> MovingAverageOp::getScalarFormulas(DictionaryAttr arguments) {
  return {"1 " + formulaOf(arguments, "decay") + " -"};
}

FailureOr<SmallVector<Value>> MovingAverageOp::buildRule(RuleCall &call) {
  auto type = cast<RankedTensorType>(call.value.getType());
  if (type.getNumElements() != 1)
    return mlir::emitError(call.loc) << messages::MovingAverageBuffer(call.buffer, shapeText(type));
  StringRef name = call.arguments.getAs<StringAttr>("of").getValue();
  Value value = call.findResult(name);
  if (!value)
    return mlir::emitError(call.loc) << messages::NothingToFollow(name, call.buffer);
  return SmallVector<Value>{create(call.builder, call.loc, type, call.value, value, call.scalars.front())};
}

void MovingAverageOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x,
                                  SmallVectorImpl<Value> &results) {
  results.push_back(followElement(builder, context.loc, x));
}
