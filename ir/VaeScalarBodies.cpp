// The scalar formula of each elementwise op. NaN propagates: comparisons are chosen so that an unordered operand is
// what comes out.
#include "ir/VaeOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <numbers>

using namespace mlir;
using namespace vae;
using arith::CmpFPredicate;

namespace {
/// Writes arithmetic on scalars of one float type.
class Formula {
public:
  Formula(OpBuilder &builder, Location loc, Type type) : builder(builder), loc(loc), type(type) {}

  Value constant(double value) { return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(type, value)); }
  Value add(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
  Value sub(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }
  Value mul(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
  Value div(Value a, Value b) { return arith::DivFOp::create(builder, loc, a, b); }
  Value neg(Value a) { return arith::NegFOp::create(builder, loc, a); }
  template <typename OpT> Value math(Value a) { return OpT::create(builder, loc, a); }
  Value compare(CmpFPredicate predicate, Value a, Value b) {
    return arith::CmpFOp::create(builder, loc, predicate, a, b);
  }
  Value select(Value condition, Value a, Value b) { return arith::SelectOp::create(builder, loc, condition, a, b); }

  /// The greater (`OGT`) or lesser (`OLT`) of two values; NaN if either is.
  Value extremum(CmpFPredicate predicate, Value a, Value b) {
    Value ordered = select(compare(predicate, a, b), a, b);
    return select(compare(CmpFPredicate::UNO, a, a), a, ordered);
  }
  /// max(x, low) for a constant that is no NaN.
  Value atLeast(Value x, double low) {
    Value bound = constant(low);
    return select(compare(CmpFPredicate::OLT, x, bound), bound, x);
  }
  Value atMost(Value x, double high) {
    Value bound = constant(high);
    return select(compare(CmpFPredicate::OGT, x, bound), bound, x);
  }
  Value relu(Value x) {
    Value zero = constant(0);
    return select(compare(CmpFPredicate::OLE, x, zero), zero, x);
  }
  Value sigmoid(Value x) { return div(constant(1), add(constant(1), math<math::ExpOp>(neg(x)))); }
  Value softplus(Value x) { return add(relu(x), math<math::Log1pOp>(math<math::ExpOp>(neg(math<math::AbsFOp>(x))))); }

private:
  OpBuilder &builder;
  Location loc;
  Type type;
};
} // namespace

/// `void OpT::buildScalar(...)` in the words of its formula: `f` writes, `x` are the operands' elements; the body gives
/// the result.
#define SCALAR_BODY(OpT, expression)                                                                                   \
  void OpT::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x, SmallVectorImpl<Value> &results) {   \
    Formula f(builder, context.loc, x[0].getType());                                                                   \
    results.push_back(expression);                                                                                     \
  }

//===-- One operand --------------------------------------------------------------===//

SCALAR_BODY(ReluOp, f.relu(x[0]))
SCALAR_BODY(SiluOp, f.div(x[0], f.add(f.constant(1), f.math<math::ExpOp>(f.neg(x[0])))))
SCALAR_BODY(TanhOp, f.math<math::TanhOp>(x[0]))
SCALAR_BODY(SigmoidOp, f.sigmoid(x[0]))
SCALAR_BODY(SoftplusOp, f.softplus(x[0]))
SCALAR_BODY(ErfOp, f.math<math::ErfOp>(x[0]))
SCALAR_BODY(ExpOp, f.math<math::ExpOp>(x[0]))
SCALAR_BODY(LogOp, f.math<math::LogOp>(x[0]))
SCALAR_BODY(SqrtOp, f.math<math::SqrtOp>(x[0]))
SCALAR_BODY(SquareOp, f.mul(x[0], x[0]))
SCALAR_BODY(AbsOp, f.math<math::AbsFOp>(x[0]))
SCALAR_BODY(NegOp, f.neg(x[0]))
SCALAR_BODY(StopGradientOp, x[0])
SCALAR_BODY(ClampOp, f.atMost(f.atLeast(x[0], getLo().convertToDouble()), getHi().convertToDouble()))

SCALAR_BODY(LeakyReluOp, f.select(f.compare(CmpFPredicate::OGT, x[0], f.constant(0)), x[0],
                                  f.mul(x[0], f.constant(getSlope().convertToDouble()))))

/// x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2.
static Value geluByTanh(Formula &f, Value x) {
  Value cube = f.mul(f.mul(x, x), x);
  Value inner =
      f.mul(f.constant(std::numbers::sqrt2 * std::numbers::inv_sqrtpi), f.add(x, f.mul(f.constant(0.044715), cube)));
  return f.mul(f.mul(f.constant(0.5), x), f.add(f.constant(1), f.math<math::TanhOp>(inner)));
}

/// x * (1 + erf(x / sqrt(2))) / 2.
static Value geluByErf(Formula &f, Value x) {
  Value erf = f.math<math::ErfOp>(f.mul(x, f.constant(std::numbers::sqrt2 / 2)));
  return f.mul(f.mul(f.constant(0.5), x), f.add(f.constant(1), erf));
}

SCALAR_BODY(GeluOp, getApproximate() == "tanh" ? geluByTanh(f, x[0]) : geluByErf(f, x[0]))

//===-- Several operands ------------------------------------------------------------===//

SCALAR_BODY(AddOp, f.add(x[0], x[1]))
SCALAR_BODY(SubOp, f.sub(x[0], x[1]))
SCALAR_BODY(MulOp, f.mul(x[0], x[1]))
SCALAR_BODY(DivOp, f.div(x[0], x[1]))
SCALAR_BODY(MinOp, f.extremum(CmpFPredicate::OLT, x[0], x[1]))
SCALAR_BODY(MaxOp, f.extremum(CmpFPredicate::OGT, x[0], x[1]))
SCALAR_BODY(WhereOp, f.select(f.compare(CmpFPredicate::UNE, x[0], f.constant(0)), x[1], x[2]))

Value vae::buildComparison(OpBuilder &builder, Location loc, CmpFPredicate predicate, ValueRange scalars) {
  Formula f(builder, loc, scalars[0].getType());
  return f.select(f.compare(predicate, scalars[0], scalars[1]), f.constant(1), f.constant(0));
}

/// (x - 1) * max(log1p(-y), -100) - x * max(log(y), -100).
static Value binaryCrossEntropy(Formula &f, Value y, Value x) {
  Value off = f.mul(f.sub(x, f.constant(1)), f.atLeast(f.math<math::Log1pOp>(f.neg(y)), -100));
  return f.sub(off, f.mul(x, f.atLeast(f.math<math::LogOp>(y), -100)));
}

SCALAR_BODY(BceTermOp, binaryCrossEntropy(f, x[0], x[1]))
SCALAR_BODY(BceWithLogitsTermOp, f.add(f.mul(f.sub(f.constant(1), x[1]), x[0]), f.softplus(f.neg(x[0]))))

/// x = (parameter, gradient, m, v, rate, correction); `kept` is what the update starts from.
template <typename OpT>
static void adamStep(OpT op, Formula &f, Value kept, ValueRange x, SmallVectorImpl<Value> &results) {
  Value gradient = x[1], m = x[2], v = x[3], rate = x[4], correction = x[5];
  double beta1 = op.getBeta1().convertToDouble(), beta2 = op.getBeta2().convertToDouble();
  Value newM = f.add(m, f.mul(f.constant(1 - beta1), f.sub(gradient, m)));
  Value newV = f.add(f.mul(v, f.constant(beta2)), f.mul(f.constant(1 - beta2), f.mul(gradient, gradient)));
  Value denominator = f.add(f.div(f.math<math::SqrtOp>(newV), correction), f.constant(op.getEps().convertToDouble()));
  results.append({f.sub(kept, f.mul(rate, f.div(newM, denominator))), newM, newV});
}

void AdamOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x, SmallVectorImpl<Value> &results) {
  Formula f(builder, context.loc, x[0].getType());
  adamStep(*this, f, x[0], x, results);
}

void AdamWOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x, SmallVectorImpl<Value> &results) {
  Formula f(builder, context.loc, x[0].getType());
  adamStep(*this, f, f.sub(x[0], f.mul(x[6], x[0])), x, results);
}

void SgdOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x, SmallVectorImpl<Value> &results) {
  Formula f(builder, context.loc, x[0].getType());
  Value gradient = x[1], rate = x.back();
  if (double decay = getWeightDecay().convertToDouble(); decay != 0)
    gradient = f.add(gradient, f.mul(f.constant(decay), x[0]));
  Value direction = gradient, velocity;
  if (getVelocity()) {
    Value momentum = f.constant(getMomentum().convertToDouble());
    velocity = f.add(f.mul(momentum, x[2]), gradient);
    direction = getNesterov() ? f.add(gradient, f.mul(momentum, velocity)) : velocity;
  }
  results.push_back(f.sub(x[0], f.mul(rate, direction)));
  if (velocity)
    results.push_back(velocity);
}

//===-- Elements that move -------------------------------------------------------------===//

/// The operand's element: its broadcast is in how the kernel reads it.
void BroadcastOp::buildScalar(OpBuilder &, ScalarContext &, ValueRange scalars, SmallVectorImpl<Value> &results) {
  results.push_back(scalars[0]);
}

static SmallVector<Value> resultIndices(ScalarContext &context, int64_t rank) {
  SmallVector<Value> indices;
  for (int64_t axis = 0; axis < rank; ++axis)
    indices.push_back(context.index(axis));
  return indices;
}

bool TransposeOp::isIndexedOperand(unsigned) { return true; }

void TransposeOp::buildScalar(OpBuilder &, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  int64_t rank = getAxes().size();
  SmallVector<Value> indices(rank);
  for (auto [position, axis] : llvm::enumerate(getAxes()))
    indices[axis < 0 ? axis + rank : axis] = context.index(position);
  results.push_back(context.extract(0, indices));
}

/// `value` kept in [0, size - 1], so that even a lane whose result is thrown away reads inside the tensor.
static Value clampIndex(OpBuilder &builder, Location loc, Value value, Value size) {
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0), one = arith::ConstantIndexOp::create(builder, loc, 1);
  Value last = arith::SubIOp::create(builder, loc, size, one);
  return arith::MaxSIOp::create(builder, loc, arith::MinSIOp::create(builder, loc, value, last), zero);
}

bool SliceOp::isIndexedOperand(unsigned) { return true; }

void SliceOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  auto type = cast<RankedTensorType>(getX().getType());
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), type)->front();
  SmallVector<Value> indices = resultIndices(context, type.getRank());
  Value begin = context.size(getBounds().getSizes()[0]);
  Value index = arith::AddIOp::create(builder, context.loc, indices[axis], begin);
  indices[axis] = clampIndex(builder, context.loc, index, context.size(program::getSizes(type)[axis]));
  results.push_back(context.extract(0, indices));
}

bool ConcatOp::isIndexedOperand(unsigned) { return true; }

/// Reads every operand at its clamped position and selects, from the last to the first, the one in which the position
/// falls.
void ConcatOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  auto type = cast<RankedTensorType>(getType());
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), type)->front();
  SmallVector<Value> indices = resultIndices(context, type.getRank());
  Value position = indices[axis], result;
  Size begin = program::getSizes(type)[axis];
  for (unsigned operand = getTensors().size(); operand-- > 0;) {
    Size size = program::getSizes(cast<RankedTensorType>(getTensors()[operand].getType()))[axis];
    Value end = context.size(begin);
    begin = begin - size;
    Value offset = arith::SubIOp::create(builder, context.loc, position, context.size(begin));
    indices[axis] = clampIndex(builder, context.loc, offset, context.size(size));
    Value element = context.extract(operand, indices);
    Value inside = arith::CmpIOp::create(builder, context.loc, arith::CmpIPredicate::slt, position, end);
    result = result ? arith::SelectOp::create(builder, context.loc, inside, element, result).getResult() : element;
  }
  results.push_back(result);
}

//===-- Values without operands -----------------------------------------------------------===//

void FillOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  Type element = getElement();
  double value = getValue().convertToDouble();
  TypedAttr attribute = builder.getZeroAttr(element);
  if (isa<FloatType>(element))
    attribute = builder.getFloatAttr(element, value);
  else
    attribute = builder.getIntegerAttr(element, static_cast<int64_t>(value));
  results.push_back(arith::ConstantOp::create(builder, context.loc, attribute));
}

void TriangleOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  Formula f(builder, context.loc, getElement());
  int64_t rank = cast<RankedTensorType>(getType()).getRank();
  Value below = arith::CmpIOp::create(builder, context.loc, arith::CmpIPredicate::slt, context.index(rank - 1),
                                      context.index(rank - 2));
  results.push_back(f.select(below, f.constant(0), f.constant(1)));
}

void SizeOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  Value size = context.size(*Size::parse(getSize()));
  Value integer = arith::IndexCastOp::create(builder, context.loc, builder.getI32Type(), size);
  results.push_back(arith::SIToFPOp::create(builder, context.loc, getElement(), integer));
}

void ConstantOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  auto value = cast<DenseElementsAttr>(getValue());
  if (value.isSplat())
    results.push_back(arith::ConstantOp::create(builder, context.loc, value.getSplatValue<TypedAttr>()));
  else
    results.push_back(context.extract(value, resultIndices(context, cast<RankedTensorType>(getType()).getRank())));
}
