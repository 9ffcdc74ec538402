// Vector-Jacobian products of ops that are not elementwise: from the gradients of an op's results, those of its
// operands.
#include "ir/Shapes.h"
#include "ir/builders/TensorBuilder.h"

using namespace mlir;
using namespace vae;

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
    inverse[axisOf(axis, rank)] = position;
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
