// Elementwise ops whole: the scalar formula of each, and below it its gradient. NaN propagates: comparisons are chosen
// so that an unordered operand is what comes out.
#include "ir/ops/Elementwise.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/ElementFormula.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/training/Schedules.h"
#include <cmath>
#include <numbers>

using namespace mlir;
using namespace vae;
using arith::CmpFPredicate;

/// `void OpT::buildScalar(...)` in the words of its formula: `f` writes, `x` are the operands' elements; the body gives
/// the result.
#define SCALAR_BODY(OpT, expression)                                                                                   \
  void OpT::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x, SmallVectorImpl<Value> &results) {   \
    ElementFormula f(builder, context.loc, x[0].getType());                                                            \
    results.push_back(expression);                                                                                     \
  }

/// `void OpT::buildVjp(...)` of an op of one operand `x` and one result: `t` writes, `g` is the result's gradient, `y`
/// the result.
#define UNARY_VJP(OpT, expression)                                                                                     \
  void OpT::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {                           \
    TensorBuilder t(builder, getLoc());                                                                                \
    [[maybe_unused]] Value g = resultGradients[0], x = getX(), y = getResult();                                        \
    gradients.push_back(expression);                                                                                   \
  }

/// The same for two operands `a` and `b` that may have been broadcast.
#define BINARY_VJP(OpT, expressionA, expressionB)                                                                      \
  void OpT::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {                           \
    TensorBuilder t(builder, getLoc());                                                                                \
    [[maybe_unused]] Value g = resultGradients[0], a = getA(), b = getB(), y = getResult();                            \
    gradients.push_back(sumToShape(builder, getLoc(), expressionA, cast<RankedTensorType>(a.getType())));              \
    gradients.push_back(sumToShape(builder, getLoc(), expressionB, cast<RankedTensorType>(b.getType())));              \
  }

//===-- One operand --------------------------------------------------------------===//

// Gradients come from results where that is possible: they are at hand, while the operand would have to be kept.

SCALAR_BODY(ReluOp, f.relu(x[0]))
UNARY_VJP(ReluOp, t.where(t.make<LessEqualOp>(y, t.scalar(0, y)), t.scalar(0, y), g))

SCALAR_BODY(TanhOp, f.math<math::TanhOp>(x[0]))
UNARY_VJP(TanhOp, t.mul(g, t.sub(t.scalar(1, y), t.make<SquareOp>(y))))

SCALAR_BODY(SigmoidOp, f.sigmoid(x[0]))
UNARY_VJP(SigmoidOp, t.mul(t.mul(g, t.sub(t.scalar(1, y), y)), y))

SCALAR_BODY(SoftplusOp, f.softplus(x[0]))
UNARY_VJP(SoftplusOp, t.mul(g, t.make<SigmoidOp>(x)))

SCALAR_BODY(ErfOp, f.math<math::ErfOp>(x[0]))
UNARY_VJP(ErfOp,
          t.mul(t.mul(g, t.scalar(2 * std::numbers::inv_sqrtpi, x)), t.make<ExpOp>(t.make<NegOp>(t.make<SquareOp>(x)))))

SCALAR_BODY(ExpOp, f.math<math::ExpOp>(x[0]))
UNARY_VJP(ExpOp, t.mul(g, y))

SCALAR_BODY(LogOp, f.math<math::LogOp>(x[0]))
UNARY_VJP(LogOp, t.div(g, x))

SCALAR_BODY(SinOp, f.math<math::SinOp>(x[0]))
UNARY_VJP(SinOp, t.mul(g, t.make<CosOp>(x)))

SCALAR_BODY(CosOp, f.math<math::CosOp>(x[0]))
UNARY_VJP(CosOp, t.mul(g, t.make<NegOp>(t.make<SinOp>(x))))

SCALAR_BODY(SqrtOp, f.math<math::SqrtOp>(x[0]))
UNARY_VJP(SqrtOp, t.div(g, t.mul(t.scalar(2, y), y)))

SCALAR_BODY(RsqrtOp, f.div(f.constant(1), f.math<math::SqrtOp>(x[0])))
UNARY_VJP(RsqrtOp, t.mul(t.mul(g, t.scalar(-0.5, y)), t.mul(y, t.make<SquareOp>(y))))

SCALAR_BODY(SquareOp, f.mul(x[0], x[0]))
UNARY_VJP(SquareOp, t.mul(g, t.mul(t.scalar(2, x), x)))

SCALAR_BODY(NegOp, f.neg(x[0]))
UNARY_VJP(NegOp, t.make<NegOp>(g))

SCALAR_BODY(StopGradientOp, x[0])
UNARY_VJP(StopGradientOp, Value())

/// y = s * x with s = sigmoid(x): dy/dx = s * (1 + x * (1 - s)).
static Value siluSlope(TensorBuilder &t, Value x) {
  Value s = t.make<SigmoidOp>(x), one = t.scalar(1, x);
  return t.mul(s, t.add(one, t.mul(x, t.sub(one, s))));
}

SCALAR_BODY(SiluOp, f.div(x[0], f.add(f.constant(1), f.math<math::ExpOp>(f.neg(x[0])))))
UNARY_VJP(SiluOp, t.mul(g, siluSlope(t, x)))

FailureOr<SmallVector<Value>> LeakyReluOp::buildBuiltin(BuiltinCall &call) {
  Value slope = call.tensor("slope"), x = call.tensor("x");
  if (!slope || !isa<FloatType>(getElementTypeOrSelf(x)))
    return call.buildDefault(getOperationName());
  TensorBuilder t(call.builder, call.loc);
  return SmallVector<Value>{t.where(t.make<GreaterOp>(x, t.scalar(0, x)), x, t.mul(slope, x))};
}

SCALAR_BODY(LeakyReluOp, f.select(f.compare(CmpFPredicate::OGT, x[0], f.constant(0)), x[0],
                                  f.mul(x[0], f.constant(getSlope().convertToDouble()))))
UNARY_VJP(LeakyReluOp,
          t.where(t.make<GreaterOp>(x, t.scalar(0, x)), g, t.mul(g, t.scalar(getSlope().convertToDouble(), x))))

/// The sign of x, times g.
static Value takeSign(TensorBuilder &t, Value x, Value g) {
  Value zero = t.scalar(0, x);
  return t.where(t.make<GreaterOp>(x, zero), g, t.where(t.make<LessOp>(x, zero), t.make<NegOp>(g), zero));
}

SCALAR_BODY(AbsOp, f.abs(x[0]))
UNARY_VJP(AbsOp, takeSign(t, x, g))

SCALAR_BODY(SignOp, f.sign(x[0]))
UNARY_VJP(SignOp, Value())

SCALAR_BODY(FloorOp, f.math<math::FloorOp>(x[0]))
UNARY_VJP(FloorOp, Value())

SCALAR_BODY(CeilOp, f.math<math::CeilOp>(x[0]))
UNARY_VJP(CeilOp, Value())

SCALAR_BODY(RoundOp, f.math<math::RoundEvenOp>(x[0]))
UNARY_VJP(RoundOp, Value())

/// The gradient passes inside the interval and on its ends; not at NaN, as in PyTorch.
static Value clampVjp(TensorBuilder &t, Value x, Value g, double lo, double hi) {
  Value zero = t.scalar(0, x);
  Value below = t.where(t.make<LessEqualOp>(x, t.scalar(hi, x)), g, zero);
  return t.where(t.make<GreaterEqualOp>(x, t.scalar(lo, x)), below, zero);
}

FailureOr<SmallVector<Value>> ClampOp::buildBuiltin(BuiltinCall &call) {
  Value x = call.tensor("x");
  bool known = !call.tensor("lo") && !call.tensor("hi");
  if (known || !isa<FloatType>(getElementTypeOrSelf(x)))
    return call.buildDefault(getOperationName());
  TensorBuilder t(call.builder, call.loc);
  Value lo = call.scalar("lo", x), hi = call.scalar("hi", x);
  Value raised = t.where(t.make<LessOp>(x, lo), lo, x);
  return SmallVector<Value>{t.where(t.make<GreaterOp>(raised, hi), hi, raised)};
}

LogicalResult ClampOp::verify() {
  double lo = getLo().convertToDouble(), hi = getHi().convertToDouble();
  if (!(lo <= hi))
    return emitOpError() << messages::ClampEmpty(getFormulaNumber(lo), getFormulaNumber(hi));
  return success();
}

SCALAR_BODY(ClampOp, f.atMost(f.atLeast(x[0], getLo().convertToDouble()), getHi().convertToDouble()))
UNARY_VJP(ClampOp, clampVjp(t, x, g, getLo().convertToDouble(), getHi().convertToDouble()))

/// x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2.
static Value geluByTanh(ElementFormula &f, Value x) {
  Value cube = f.mul(f.mul(x, x), x);
  Value inner =
      f.mul(f.constant(std::numbers::sqrt2 * std::numbers::inv_sqrtpi), f.add(x, f.mul(f.constant(0.044715), cube)));
  return f.mul(f.mul(f.constant(0.5), x), f.add(f.constant(1), f.math<math::TanhOp>(inner)));
}

/// x * (1 + erf(x / sqrt(2))) / 2.
static Value geluByErf(ElementFormula &f, Value x) {
  Value erf = f.math<math::ErfOp>(f.mul(x, f.constant(std::numbers::sqrt2 / 2)));
  return f.mul(f.mul(f.constant(0.5), x), f.add(f.constant(1), erf));
}

/// (1 + erf(x / sqrt(2))) / 2 + x * exp(-x^2 / 2) / sqrt(2 pi).
static Value geluSlope(TensorBuilder &t, Value x) {
  Value cumulative =
      t.mul(t.scalar(0.5, x), t.add(t.scalar(1, x), t.make<ErfOp>(t.mul(x, t.scalar(std::numbers::sqrt2 / 2, x)))));
  Value bell = t.make<ExpOp>(t.mul(t.scalar(-0.5, x), t.make<SquareOp>(x)));
  return t.add(cumulative, t.mul(x, t.mul(bell, t.scalar(std::numbers::inv_sqrtpi / std::numbers::sqrt2, x))));
}

/// With u = c * (x + a * x^3) and h = tanh(u): (1 + h) / 2 + x / 2 * (1 - h^2) * c * (1 + 3 a x^2).
static Value geluTanhSlope(TensorBuilder &t, Value x) {
  Value one = t.scalar(1, x), half = t.scalar(0.5, x), c = t.scalar(std::numbers::sqrt2 * std::numbers::inv_sqrtpi, x);
  Value square = t.make<SquareOp>(x);
  Value h = t.make<TanhOp>(t.mul(t.mul(c, x), t.add(one, t.mul(t.scalar(0.044715, x), square))));
  Value inner = t.mul(c, t.add(one, t.mul(t.scalar(3 * 0.044715, x), square)));
  Value rest = t.mul(t.mul(half, x), t.mul(t.sub(one, t.make<SquareOp>(h)), inner));
  return t.add(t.mul(half, t.add(one, h)), rest);
}

LogicalResult GeluOp::verify() {
  if (getApproximate() != "none" && getApproximate() != "tanh")
    return emitOpError() << messages::GeluApproximation(getApproximate());
  return success();
}

SCALAR_BODY(GeluOp, getApproximate() == "tanh" ? geluByTanh(f, x[0]) : geluByErf(f, x[0]))
UNARY_VJP(GeluOp, t.mul(g, getApproximate() == "tanh" ? geluTanhSlope(t, x) : geluSlope(t, x)))

static constexpr double quickGeluScale = 1.702;

/// With s = sigmoid(a * x): s + x * a * s * (1 - s), the last factors first: a * x may be infinite where s is 0 or 1.
static Value quickGeluSlope(TensorBuilder &t, Value x) {
  Value scale = t.scalar(quickGeluScale, x), s = t.make<SigmoidOp>(t.mul(scale, x));
  return t.add(s, t.mul(x, t.mul(scale, t.mul(s, t.sub(t.scalar(1, x), s)))));
}

SCALAR_BODY(QuickGeluOp, f.mul(x[0], f.sigmoid(f.mul(f.constant(quickGeluScale), x[0]))))
UNARY_VJP(QuickGeluOp, t.mul(g, quickGeluSlope(t, x)))

//===-- Several operands ------------------------------------------------------------===//

SCALAR_BODY(AddOp, f.add(x[0], x[1]))
BINARY_VJP(AddOp, g, g)

SCALAR_BODY(SubOp, f.sub(x[0], x[1]))
BINARY_VJP(SubOp, g, t.make<NegOp>(g))

SCALAR_BODY(MulOp, f.mul(x[0], x[1]))
BINARY_VJP(MulOp, t.mul(g, b), t.mul(g, a))

SCALAR_BODY(DivOp, f.div(x[0], x[1]))
BINARY_VJP(DivOp, t.div(g, b), t.make<NegOp>(t.mul(g, t.div(y, b))))

SCALAR_BODY(ModOp, f.mod(x[0], x[1]))
BINARY_VJP(ModOp, g, t.make<NegOp>(t.mul(g, t.div(t.sub(a, y), b))))

/// a raised to one less, times b; nothing where b is 0.
static Value powBaseSlope(TensorBuilder &t, Value a, Value b) {
  Value zero = t.scalar(0, a), slope = t.mul(b, t.make<PowOp>(a, t.sub(b, t.scalar(1, b))));
  return t.where(t.make<EqualOp>(b, zero), zero, slope);
}

/// y * ln(a); nothing where a is 0 and y is finite.
static Value powExponentSlope(TensorBuilder &t, Value a, Value b, Value y) {
  Value zero = t.scalar(0, a);
  Value flat = t.mul(t.make<EqualOp>(a, zero), t.make<GreaterEqualOp>(b, zero));
  return t.where(flat, zero, t.mul(y, t.make<LogOp>(a)));
}

SCALAR_BODY(PowOp, f.pow(x[0], x[1]))
BINARY_VJP(PowOp, t.mul(g, powBaseSlope(t, a, b)), t.mul(g, powExponentSlope(t, a, b, y)))

/// The winner gets the gradient; equal ones share it. Where there is none, beside a NaN, both get it, as in PyTorch.
template <typename LosesOp> static Value winnerGradient(TensorBuilder &t, Value self, Value other, Value g) {
  Value shared = t.where(t.make<EqualOp>(self, other), t.mul(t.scalar(0.5, g), g), g);
  return t.where(t.make<LosesOp>(self, other), t.scalar(0, g), shared);
}

SCALAR_BODY(MinOp, f.extremum(CmpFPredicate::OLT, x[0], x[1]))
BINARY_VJP(MinOp, winnerGradient<GreaterOp>(t, a, b, g), winnerGradient<GreaterOp>(t, b, a, g))

SCALAR_BODY(MaxOp, f.extremum(CmpFPredicate::OGT, x[0], x[1]))
BINARY_VJP(MaxOp, winnerGradient<LessOp>(t, a, b, g), winnerGradient<LessOp>(t, b, a, g))

SCALAR_BODY(WhereOp, f.select(f.compare(CmpFPredicate::UNE, x[0], f.constant(0)), x[1], x[2]))
void WhereOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  Value g = resultGradients[0], zero = t.scalar(0, g);
  Value toA = t.where(getCondition(), g, zero), toB = t.where(getCondition(), zero, g);
  gradients.append({Value(), sumToShape(builder, getLoc(), toA, cast<RankedTensorType>(getA().getType())),
                    sumToShape(builder, getLoc(), toB, cast<RankedTensorType>(getB().getType()))});
}

Value vae::buildComparison(OpBuilder &builder, Location loc, CmpFPredicate predicate, ValueRange scalars) {
  Type type = scalars[0].getType();
  Value holds = ElementFormula(builder, loc, type).compare(predicate, scalars[0], scalars[1]);
  ElementFormula f(builder, loc, isa<FloatType>(type) ? type : builder.getF32Type());
  return f.select(holds, f.constant(1), f.constant(0));
}

//===-- Folds -------------------------------------------------------------===//

// They change no bit of a result but the sign of a zero.

/// The value of a splat constant, so of every rank-0 one.
static std::optional<double> splatValue(Attribute attribute) {
  auto elements = dyn_cast_or_null<DenseFPElementsAttr>(attribute);
  if (!elements || !elements.isSplat())
    return std::nullopt;
  return elements.getSplatValue<APFloat>().convertToDouble();
}

/// Constants of more elements are not computed here: they would only be stored.
static constexpr int64_t maxFoldedElements = 65'536;

/// The elements of a constant broadcast to `type`, where that is one element repeated or nothing at all.
static std::optional<SmallVector<APFloat>> elementsAs(DenseFPElementsAttr constant, RankedTensorType type) {
  if (constant.isSplat())
    return SmallVector<APFloat>(type.getNumElements(), constant.getSplatValue<APFloat>());
  if (constant.getType() != type)
    return std::nullopt;
  return SmallVector<APFloat>(constant.begin(), constant.end());
}

/// Computes an op on constants in their own precision, as the kernel would.
static OpFoldResult foldConstants(ArrayRef<Attribute> operands, Type type,
                                  function_ref<APFloat(APFloat, const APFloat &)> calculate) {
  auto a = dyn_cast_or_null<DenseFPElementsAttr>(operands.front()),
       b = dyn_cast_or_null<DenseFPElementsAttr>(operands.back());
  auto tensor = cast<RankedTensorType>(type);
  if (!a || !b || !tensor.hasStaticShape() || tensor.getNumElements() > maxFoldedElements)
    return {};
  std::optional<SmallVector<APFloat>> left = elementsAs(a, tensor), right = elementsAs(b, tensor);
  if (!left || !right)
    return {};
  SmallVector<APFloat> values;
  for (auto [x, y] : llvm::zip_equal(*left, *right))
    values.push_back(calculate(x, y));
  return DenseElementsAttr::get(tensor, values);
}

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  if (splatValue(adaptor.getB()) == 0.0 && getA().getType() == getType())
    return getA();
  if (splatValue(adaptor.getA()) == 0.0 && getB().getType() == getType())
    return getB();
  return foldConstants(adaptor.getOperands(), getType(), [](const APFloat &a, const APFloat &b) { return a + b; });
}

OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  if (splatValue(adaptor.getB()) == 0.0 && getA().getType() == getType())
    return getA();
  return foldConstants(adaptor.getOperands(), getType(), [](const APFloat &a, const APFloat &b) { return a - b; });
}

OpFoldResult MulOp::fold(FoldAdaptor adaptor) {
  if (splatValue(adaptor.getB()) == 1.0 && getA().getType() == getType())
    return getA();
  if (splatValue(adaptor.getA()) == 1.0 && getB().getType() == getType())
    return getB();
  return foldConstants(adaptor.getOperands(), getType(), [](const APFloat &a, const APFloat &b) { return a * b; });
}

OpFoldResult DivOp::fold(FoldAdaptor adaptor) {
  if (splatValue(adaptor.getB()) == 1.0 && getA().getType() == getType())
    return getA();
  return foldConstants(adaptor.getOperands(), getType(), [](const APFloat &a, const APFloat &b) { return a / b; });
}

OpFoldResult NegOp::fold(FoldAdaptor adaptor) {
  if (auto inner = getX().getDefiningOp<NegOp>())
    return inner.getX();
  return foldConstants(adaptor.getOperands(), getType(), [](const APFloat &a, const APFloat &) { return neg(a); });
}

/// A function of constants, from double precision.
static OpFoldResult foldFunction(ArrayRef<Attribute> operands, Type type,
                                 function_ref<double(double, double)> function) {
  return foldConstants(operands, type, [&](const APFloat &a, const APFloat &b) {
    APFloat y(function(a.convertToDouble(), b.convertToDouble()));
    bool loses = false;
    y.convert(a.getSemantics(), APFloat::rmNearestTiesToEven, &loses);
    return y;
  });
}

#define FOLD_FUNCTION(OpT, expression)                                                                                 \
  OpFoldResult OpT::fold(FoldAdaptor adaptor) {                                                                        \
    return foldFunction(adaptor.getOperands(), getType(),                                                              \
                        [&](double a, [[maybe_unused]] double b) { return expression; });                              \
  }

FOLD_FUNCTION(ExpOp, std::exp(a))
FOLD_FUNCTION(LogOp, std::log(a))
FOLD_FUNCTION(SinOp, std::sin(a))
FOLD_FUNCTION(CosOp, std::cos(a))
FOLD_FUNCTION(SqrtOp, std::sqrt(a))
FOLD_FUNCTION(PowOp, std::pow(a, b))
FOLD_FUNCTION(ClampOp, std::isnan(a) ? a : std::clamp(a, getLo().convertToDouble(), getHi().convertToDouble()))

OpFoldResult SquareOp::fold(FoldAdaptor adaptor) {
  return foldConstants(adaptor.getOperands(), getType(), [](const APFloat &a, const APFloat &b) { return a * b; });
}

//===-- Element types ------------------------------------------------------------------===//

/// The integer of a float, towards zero: kept in the range in which the conversion is defined.
static Value toInteger(OpBuilder &builder, Location loc, Value x, IntegerType type) {
  ElementFormula f(builder, loc, x.getType());
  const llvm::fltSemantics &semantics = cast<FloatType>(x.getType()).getFloatSemantics();
  APFloat last(semantics);
  last.convertFromAPInt(APInt::getSignedMaxValue(type.getWidth()), /*IsSigned=*/true, APFloat::rmTowardZero);
  double least = -std::ldexp(1.0, static_cast<int>(type.getWidth()) - 1);
  Value number = f.select(f.compare(CmpFPredicate::UNO, x, x), f.constant(0), x);
  Value inside = f.atMost(f.atLeast(number, least), last.convertToDouble());
  Value integer = arith::FPToSIOp::create(builder, loc, type, inside);
  // The greatest integer is no float where it has more bits than those hold.
  Value above = f.compare(CmpFPredicate::OGT, x, f.constant(last.convertToDouble()));
  Value greatest =
      arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, APInt::getSignedMaxValue(type.getWidth())));
  return f.select(above, greatest, integer);
}

LogicalResult CastOp::inferReturnTypes(MLIRContext *, OptionalLocation, Adaptor adaptor, SmallVectorImpl<Type> &types) {
  types.push_back(program::getTensorType(program::getSizes(tensorType(adaptor.getX())), adaptor.getElement()));
  return success();
}

void CastOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x, SmallVectorImpl<Value> &results) {
  Type from = x[0].getType(), to = getElement();
  Location loc = context.loc;
  unsigned fromBits = from.getIntOrFloatBitWidth(), toBits = to.getIntOrFloatBitWidth();
  Value result = x[0];
  if (from == to)
    result = x[0];
  else if (isa<FloatType>(from) && isa<FloatType>(to))
    result = fromBits < toBits ? arith::ExtFOp::create(builder, loc, to, x[0]).getResult()
                               : arith::TruncFOp::create(builder, loc, to, x[0]).getResult();
  else if (isa<FloatType>(to))
    result = arith::SIToFPOp::create(builder, loc, to, x[0]);
  else if (isa<FloatType>(from))
    result = toInteger(builder, loc, x[0], cast<IntegerType>(to));
  else
    result = fromBits < toBits ? arith::ExtSIOp::create(builder, loc, to, x[0]).getResult()
                               : arith::TruncIOp::create(builder, loc, to, x[0]).getResult();
  results.push_back(result);
}

void CastOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  Type from = getElementTypeOrSelf(getX());
  bool flows = isa<FloatType>(from) && isa<FloatType>(getElement());
  gradients.push_back(flows ? TensorBuilder(builder, getLoc()).make<CastOp>(resultGradients[0], TypeAttr::get(from))
                            : Value());
}

OpFoldResult CastOp::fold(FoldAdaptor) { return getType() == getX().getType() ? OpFoldResult(getX()) : OpFoldResult(); }
