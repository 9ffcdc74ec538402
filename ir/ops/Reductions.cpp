// Folds over axes.
#include "ir/ops/Reductions.h"
#include "ir/Shapes.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Elementwise.h"
#include <limits>

using namespace mlir;
using namespace vae;

LogicalResult vae::inferReduction(OptionalLocation loc, ValueRange operands, std::optional<ArrayRef<int64_t>> axes,
                                  bool keep, SmallVectorImpl<Type> &types) {
  RankedTensorType type = tensorType(operands.front());
  FailureOr<SmallVector<int64_t>> folded = normalizeAxes(loc, axes, type);
  if (failed(folded))
    return failure();
  SmallVector<Size> sizes;
  for (auto [axis, size] : llvm::enumerate(program::getSizes(type)))
    if (!llvm::is_contained(*folded, static_cast<int64_t>(axis)))
      sizes.push_back(size);
    else if (keep)
      sizes.emplace_back(1);
  types.push_back(program::getTensorType(sizes, type.getElementType()));
  return success();
}

/// Sizes with folded axes left in.
static SmallVector<Size> keptSizes(Value x, ArrayRef<int64_t> axes) {
  SmallVector<Size> sizes = sizesOf(x);
  for (int64_t axis : axes)
    sizes[axis] = Size(1);
  return sizes;
}

static SmallVector<Size> keptSizes(ReductionOpInterface op) {
  return keptSizes(op->getOperand(0), op.getReducedAxes());
}

//===-- sum ---------------------------------------------------------------===//

/// `FloatOpT` or `IntegerOpT` of two elements, whichever fits.
template <typename FloatOpT, typename IntegerOpT>
static Value combineEither(OpBuilder &builder, Location loc, Value a, Value b) {
  if (isa<FloatType>(a.getType()))
    return FloatOpT::create(builder, loc, a, b);
  return IntegerOpT::create(builder, loc, a, b);
}

SmallVector<int64_t> SumOp::getReducedAxes() { return *normalizeAxes({}, getAxis(), tensorType(getX())); }

TypedAttr SumOp::getNeutral(OpBuilder &builder) { return builder.getZeroAttr(tensorType(getX()).getElementType()); }

Value SumOp::combine(OpBuilder &builder, Location loc, Value accumulator, Value element) {
  return combineEither<arith::AddFOp, arith::AddIOp>(builder, loc, accumulator, element);
}

Value SumOp::buildReduction(OpBuilder &builder, Location loc, Value operand, ArrayRef<int64_t> axes) {
  return TensorBuilder(builder, loc).sum(operand, axes);
}

OpFoldResult SumOp::fold(FoldAdaptor) {
  // With no axes, or axes of size one kept, each sum has one term.
  return getReducedAxes().empty() && getType() == getX().getType() ? OpFoldResult(getX()) : OpFoldResult();
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

//===-- amax, amin --------------------------------------------------------===//

/// The element that every other one is greater (or, with `least`, less) than.
static TypedAttr extremumNeutral(OpBuilder &builder, Type element, bool least) {
  if (auto real = dyn_cast<FloatType>(element))
    return builder.getFloatAttr(real, APFloat::getInf(real.getFloatSemantics(), /*Negative=*/!least));
  unsigned width = element.getIntOrFloatBitWidth();
  return builder.getIntegerAttr(element, least ? APInt::getSignedMaxValue(width) : APInt::getSignedMinValue(width));
}

SmallVector<int64_t> AmaxOp::getReducedAxes() { return *normalizeAxes({}, getAxis(), tensorType(getX())); }
SmallVector<int64_t> AminOp::getReducedAxes() { return *normalizeAxes({}, getAxis(), tensorType(getX())); }

TypedAttr AmaxOp::getNeutral(OpBuilder &builder) {
  return extremumNeutral(builder, tensorType(getX()).getElementType(), /*least=*/false);
}
TypedAttr AminOp::getNeutral(OpBuilder &builder) {
  return extremumNeutral(builder, tensorType(getX()).getElementType(), /*least=*/true);
}

Value AmaxOp::combine(OpBuilder &builder, Location loc, Value accumulator, Value element) {
  return combineEither<arith::MaximumFOp, arith::MaxSIOp>(builder, loc, accumulator, element);
}
Value AminOp::combine(OpBuilder &builder, Location loc, Value accumulator, Value element) {
  return combineEither<arith::MinimumFOp, arith::MinSIOp>(builder, loc, accumulator, element);
}

Value AmaxOp::buildReduction(OpBuilder &builder, Location loc, Value operand, ArrayRef<int64_t> axes) {
  return TensorBuilder(builder, loc).amax(operand, axes);
}
Value AminOp::buildReduction(OpBuilder &builder, Location loc, Value operand, ArrayRef<int64_t> axes) {
  return AminOp::create(builder, loc, operand, builder.getDenseI64ArrayAttr(axes), builder.getBoolAttr(false));
}

/// The gradient goes in equal parts to the elements that equal the result.
static Value extremumVjp(OpBuilder &builder, ReductionOpInterface op, Value g) {
  TensorBuilder t(builder, op.getLoc());
  SmallVector<Size> kept = keptSizes(op);
  auto keep = [&](Value value) { return sizesOf(value) == kept ? value : t.reshape(value, kept); };
  Value chosen = t.make<EqualOp>(op->getOperand(0), keep(op->getResult(0)));
  Value share = t.div(keep(g), t.sum(chosen, op.getReducedAxes(), /*keep=*/true));
  return t.where(chosen, share, t.scalar(0, share));
}

void AmaxOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  gradients.push_back(extremumVjp(builder, *this, resultGradients[0]));
}
void AminOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  gradients.push_back(extremumVjp(builder, *this, resultGradients[0]));
}

//===-- mean --------------------------------------------------------------===//

SmallVector<Value> MeanOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  SmallVector<int64_t> axes = *normalizeAxes({}, getAxis(), cast<RankedTensorType>(getX().getType()));
  Size count(1);
  for (int64_t axis : axes)
    count = count * sizesOf(getX())[axis];
  return {t.divideBySize(t.sum(getX(), axes, getKeep()), count)};
}

//===-- norm --------------------------------------------------------------===//

LogicalResult NormOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  types.push_back(RankedTensorType::get({}, tensorType(adaptor.getX()).getElementType()));
  return success();
}

SmallVector<Value> NormOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value squares = t.make<SquareOp>(getX());
  auto axes = llvm::to_vector(llvm::seq<int64_t>(0, tensorType(squares).getRank()));
  return {t.make<SqrtOp>(axes.empty() ? squares : t.sum(squares, axes))};
}

void NormOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  Value zero = t.scalar(0, getResult()), isZero = t.make<EqualOp>(getResult(), zero);
  Value unit = t.where(isZero, zero, t.div(getX(), getResult()));
  gradients.push_back(t.mul(unit, resultGradients[0]));
}

//===-- logsumexp ---------------------------------------------------------===//

/// What is infinite is not taken off: it would leave no number.
SmallVector<Value> LogsumexpOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  SmallVector<int64_t> axes = *normalizeAxes({}, getAxis(), tensorType(getX()));
  Value greatest = t.amax(getX(), axes, /*keep=*/true);
  Value infinity = t.scalar(std::numeric_limits<double>::infinity(), greatest);
  Value taken = t.where(t.make<LessOp>(t.make<AbsOp>(greatest), infinity), greatest, t.scalar(0, greatest));
  Value sum = t.sum(t.make<ExpOp>(t.sub(getX(), taken)), axes, /*keep=*/true);
  Value y = t.add(t.make<LogOp>(sum), taken);
  return {y.getType() == getType() ? y : t.reshape(y, program::getSizes(tensorType(getResult())))};
}

void LogsumexpOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  SmallVector<Size> kept = keptSizes(getX(), *normalizeAxes({}, getAxis(), tensorType(getX())));
  Value y = t.reshape(getResult(), kept), g = t.reshape(resultGradients[0], kept);
  gradients.push_back(t.mul(g, t.make<ExpOp>(t.sub(getX(), y))));
}
