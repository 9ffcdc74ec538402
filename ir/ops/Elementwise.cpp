// Elementwise ops whole: the scalar formula of each, and below it its gradient. NaN propagates: comparisons are chosen
// so that an unordered operand is what comes out.
#include "ir/Shapes.h"
#include "ir/builders/ElementFormula.h"
#include "ir/builders/TensorBuilder.h"
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

SCALAR_BODY(SqrtOp, f.math<math::SqrtOp>(x[0]))
UNARY_VJP(SqrtOp, t.div(g, t.mul(t.scalar(2, y), y)))

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

/// The gradient passes inside the interval and on its ends.
static Value clampVjp(TensorBuilder &t, Value x, Value g, double lo, double hi) {
  Value zero = t.scalar(0, x);
  return t.where(t.make<LessOp>(x, t.scalar(lo, x)), zero, t.where(t.make<GreaterOp>(x, t.scalar(hi, x)), zero, g));
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

SCALAR_BODY(GeluOp, getApproximate() == "tanh" ? geluByTanh(f, x[0]) : geluByErf(f, x[0]))
UNARY_VJP(GeluOp, t.mul(g, getApproximate() == "tanh" ? geluTanhSlope(t, x) : geluSlope(t, x)))

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

/// The winner gets the gradient; equal ones share it.
template <typename WinsOp> static Value winnerGradient(TensorBuilder &t, Value self, Value other, Value g) {
  Value shared = t.where(t.make<EqualOp>(self, other), t.mul(t.scalar(0.5, g), g), t.scalar(0, g));
  return t.where(t.make<WinsOp>(self, other), g, shared);
}

SCALAR_BODY(MinOp, f.extremum(CmpFPredicate::OLT, x[0], x[1]))
BINARY_VJP(MinOp, winnerGradient<LessOp>(t, a, b, g), winnerGradient<LessOp>(t, b, a, g))

SCALAR_BODY(MaxOp, f.extremum(CmpFPredicate::OGT, x[0], x[1]))
BINARY_VJP(MaxOp, winnerGradient<GreaterOp>(t, a, b, g), winnerGradient<GreaterOp>(t, b, a, g))

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

//===-- Terms of losses ---------------------------------------------------------------===//

/// (x - 1) * max(log1p(-y), -100) - x * max(log(y), -100).
static Value binaryCrossEntropy(ElementFormula &f, Value y, Value x) {
  Value off = f.mul(f.sub(x, f.constant(1)), f.atLeast(f.math<math::Log1pOp>(f.neg(y)), -100));
  return f.sub(off, f.mul(x, f.atLeast(f.math<math::LogOp>(y), -100)));
}

SCALAR_BODY(BceTermOp, binaryCrossEntropy(f, x[0], x[1]))

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

SCALAR_BODY(BceWithLogitsTermOp, f.add(f.mul(f.sub(f.constant(1), x[1]), x[0]), f.softplus(f.neg(x[0]))))

/// dl = sigmoid(l) - x; dx = -l.
void BceWithLogitsTermOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  Value g = resultGradients[0], logit = getPrediction();
  gradients.push_back(t.mul(g, t.sub(t.make<SigmoidOp>(logit), getTarget())));
  gradients.push_back(t.make<NegOp>(t.mul(g, logit)));
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
