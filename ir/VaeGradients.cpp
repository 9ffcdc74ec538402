// Vector-Jacobian products: from the gradients of an op's results, those of its operands.
#include "ir/TensorBuilder.h"
#include <numbers>

using namespace mlir;
using namespace vae;

using Gradients = SmallVectorImpl<Value>;

static RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
static SmallVector<Size> sizesOf(Value value) { return program::getSizes(tensorType(value)); }

Value vae::sumToShape(OpBuilder &builder, Location loc, Value gradient, RankedTensorType type) {
  if (gradient.getType() == type)
    return gradient;
  SmallVector<Size> from = sizesOf(gradient), to = program::getSizes(type);
  size_t missing = from.size() - to.size();
  SmallVector<int64_t> axes;
  for (size_t axis = 0; axis < from.size(); ++axis)
    if (axis < missing || to[axis - missing] != from[axis])
      axes.push_back(axis);
  TensorBuilder t(builder, loc);
  Value sum = t.sum(gradient, axes);
  return sum.getType() == type ? sum : t.reshape(sum, to);
}

/// `void OpT::buildVjp(...)` of an op of one operand `x` and one result: `t` writes, `g` is the result's gradient, `y`
/// the result.
#define UNARY_VJP(OpT, expression)                                                                                     \
  void OpT::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {                           \
    TensorBuilder t(builder, getLoc());                                                                                \
    [[maybe_unused]] Value g = resultGradients[0], x = getX(), y = getResult();                                        \
    gradients.push_back(expression);                                                                                   \
  }

//===-- One operand ------------------------------------------------------------------===//

// From results where that is possible: they are at hand, while the operand would have to be kept.
UNARY_VJP(ReluOp, t.where(t.make<LessEqualOp>(y, t.scalar(0, y)), t.scalar(0, y), g))
UNARY_VJP(TanhOp, t.mul(g, t.sub(t.scalar(1, y), t.make<SquareOp>(y))))
UNARY_VJP(SigmoidOp, t.mul(t.mul(g, t.sub(t.scalar(1, y), y)), y))
UNARY_VJP(ExpOp, t.mul(g, y))
UNARY_VJP(SqrtOp, t.div(g, t.mul(t.scalar(2, y), y)))
UNARY_VJP(SoftplusOp, t.mul(g, t.make<SigmoidOp>(x)))
UNARY_VJP(LogOp, t.div(g, x))
UNARY_VJP(SquareOp, t.mul(g, t.mul(t.scalar(2, x), x)))
UNARY_VJP(NegOp, t.make<NegOp>(g))
UNARY_VJP(StopGradientOp, Value())
UNARY_VJP(ErfOp,
          t.mul(t.mul(g, t.scalar(2 * std::numbers::inv_sqrtpi, x)), t.make<ExpOp>(t.make<NegOp>(t.make<SquareOp>(x)))))

/// y = s * x with s = sigmoid(x): dy/dx = s * (1 + x * (1 - s)).
static Value siluSlope(TensorBuilder &t, Value x) {
  Value s = t.make<SigmoidOp>(x), one = t.scalar(1, x);
  return t.mul(s, t.add(one, t.mul(x, t.sub(one, s))));
}
UNARY_VJP(SiluOp, t.mul(g, siluSlope(t, x)))

UNARY_VJP(LeakyReluOp,
          t.where(t.make<GreaterOp>(x, t.scalar(0, x)), g, t.mul(g, t.scalar(getSlope().convertToDouble(), x))))

/// The sign of x, times g.
static Value signed_(TensorBuilder &t, Value x, Value g) {
  Value zero = t.scalar(0, x);
  return t.where(t.make<GreaterOp>(x, zero), g, t.where(t.make<LessOp>(x, zero), t.make<NegOp>(g), zero));
}
UNARY_VJP(AbsOp, signed_(t, x, g))

/// The gradient passes inside the interval and on its ends.
static Value clampVjp(TensorBuilder &t, Value x, Value g, double lo, double hi) {
  Value zero = t.scalar(0, x);
  return t.where(t.make<LessOp>(x, t.scalar(lo, x)), zero, t.where(t.make<GreaterOp>(x, t.scalar(hi, x)), zero, g));
}
UNARY_VJP(ClampOp, clampVjp(t, x, g, getLo().convertToDouble(), getHi().convertToDouble()))

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
UNARY_VJP(GeluOp, t.mul(g, getApproximate() == "tanh" ? geluTanhSlope(t, x) : geluSlope(t, x)))

//===-- Several operands ----------------------------------------------------------------===//

/// The same for two operands `a` and `b` that may have been broadcast.
#define BINARY_VJP(OpT, expressionA, expressionB)                                                                      \
  void OpT::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {                           \
    TensorBuilder t(builder, getLoc());                                                                                \
    [[maybe_unused]] Value g = resultGradients[0], a = getA(), b = getB(), y = getResult();                            \
    gradients.push_back(sumToShape(builder, getLoc(), expressionA, tensorType(a)));                                    \
    gradients.push_back(sumToShape(builder, getLoc(), expressionB, tensorType(b)));                                    \
  }

BINARY_VJP(AddOp, g, g)
BINARY_VJP(SubOp, g, t.make<NegOp>(g))
BINARY_VJP(MulOp, t.mul(g, b), t.mul(g, a))
BINARY_VJP(DivOp, t.div(g, b), t.make<NegOp>(t.mul(g, t.div(y, b))))

/// The winner gets the gradient; equal ones share it.
template <typename WinsOp> static Value winnerGradient(TensorBuilder &t, Value self, Value other, Value g) {
  Value shared = t.where(t.make<EqualOp>(self, other), t.mul(t.scalar(0.5, g), g), t.scalar(0, g));
  return t.where(t.make<WinsOp>(self, other), g, shared);
}
BINARY_VJP(MinOp, winnerGradient<LessOp>(t, a, b, g), winnerGradient<LessOp>(t, b, a, g))
BINARY_VJP(MaxOp, winnerGradient<GreaterOp>(t, a, b, g), winnerGradient<GreaterOp>(t, b, a, g))

void WhereOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  Value g = resultGradients[0], zero = t.scalar(0, g);
  gradients.push_back({});
  gradients.push_back(sumToShape(builder, getLoc(), t.where(getCondition(), g, zero), tensorType(getA())));
  gradients.push_back(sumToShape(builder, getLoc(), t.where(getCondition(), zero, g), tensorType(getB())));
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

/// dl = sigmoid(l) - x; dx = -l.
void BceWithLogitsTermOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  Value g = resultGradients[0], logit = getPrediction();
  gradients.push_back(t.mul(g, t.sub(t.make<SigmoidOp>(logit), getTarget())));
  gradients.push_back(t.make<NegOp>(t.mul(g, logit)));
}

//===-- Contractions, reductions -------------------------------------------------------------===//

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

/// Sizes with folded axes left in.
static SmallVector<Size> keptSizes(ReductionOpInterface op) {
  SmallVector<Size> sizes = sizesOf(op->getOperand(0));
  for (int64_t axis : op.getReducedAxes())
    sizes[axis] = Size(1);
  return sizes;
}

/// The gradient goes in equal parts to the elements that equal the result.
static Value extremumVjp(OpBuilder &builder, ReductionOpInterface op, Value g) {
  TensorBuilder t(builder, op.getLoc());
  SmallVector<Size> kept = keptSizes(op);
  auto keep = [&](Value value) { return sizesOf(value) == kept ? value : t.reshape(value, kept); };
  Value chosen = t.make<EqualOp>(op->getOperand(0), keep(op->getResult(0)));
  return t.mul(chosen, t.div(keep(g), t.sum(chosen, op.getReducedAxes(), /*keep=*/true)));
}

void AmaxOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  gradients.push_back(extremumVjp(builder, *this, resultGradients[0]));
}
void AminOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  gradients.push_back(extremumVjp(builder, *this, resultGradients[0]));
}

void SumOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  SmallVector<Size> sizes = sizesOf(getX()), kept = keptSizes(*this);
  // Leading axes of size one are what broadcasting adds by itself.
  Value g = resultGradients[0];
  if (sizesOf(g) != kept && tensorType(g).getRank() != 0)
    g = t.reshape(g, kept);
  gradients.push_back(t.broadcast(g, sizes));
}

//===-- Shapes -------------------------------------------------------------------------------===//

void ReshapeOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  gradients.push_back(TensorBuilder(builder, getLoc()).reshape(resultGradients[0], sizesOf(getX())));
}

void BroadcastOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  gradients.push_back(sumToShape(builder, getLoc(), resultGradients[0], tensorType(getX())));
}

void TransposeOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  int64_t rank = getAxes().size();
  SmallVector<int64_t> inverse(rank);
  for (auto [position, axis] : llvm::enumerate(getAxes()))
    inverse[axis < 0 ? axis + rank : axis] = position;
  gradients.push_back(TransposeOp::create(builder, getLoc(), resultGradients[0], inverse));
}

void ConcatOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), tensorType(getResult()))->front();
  Size begin(0);
  for (Value tensor : getTensors()) {
    Size end = begin + sizesOf(tensor)[axis];
    gradients.push_back(t.slice(resultGradients[0], axis, begin, end));
    begin = end;
  }
}

/// The gradient between zeros.
void SliceOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  Value g = resultGradients[0];
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), tensorType(getX()))->front();
  SmallVector<Size> sizes = sizesOf(getX()), bounds = getBounds().getSizes();
  SmallVector<Value> parts;
  auto addZeros = [&](const Size &size) {
    if (size == Size(0))
      return;
    SmallVector<Size> shape = sizes;
    shape[axis] = size;
    parts.push_back(t.zeros(shape, g));
  };
  addZeros(bounds[0]);
  parts.push_back(g);
  addZeros(sizes[axis] - bounds[1]);
  gradients.push_back(parts.size() == 1 ? g : t.make<ConcatOp>(parts, builder.getI64IntegerAttr(axis)));
}

//===-- Noise ----------------------------------------------------------------------------------===//

void NormalOp::buildVjp(OpBuilder &, ValueRange, Gradients &gradients) { gradients.push_back({}); }
void UniformOp::buildVjp(OpBuilder &, ValueRange, Gradients &gradients) { gradients.push_back({}); }
