// Folds that change no bit of a result (but the sign of a zero).
#include "ir/Ops.h"
#include "ir/Shapes.h"
#include "mlir/Dialect/CommonFolders.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace vae;

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

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

OpFoldResult SizeOp::fold(FoldAdaptor) {
  std::optional<Size> size = Size::parse(getSize());
  std::optional<int64_t> constant = size ? size->getConstant() : std::nullopt;
  if (!constant)
    return {};
  if (isa<IntegerType>(getElement()))
    return DenseElementsAttr::get(cast<RankedTensorType>(getType()),
                                  Builder(getContext()).getIntegerAttr(getElement(), *constant));
  auto element = cast<FloatType>(getElement());
  APFloat value(element.getFloatSemantics());
  value.convertFromAPInt(APInt(64, *constant, /*isSigned=*/true), /*IsSigned=*/true, APFloat::rmNearestTiesToEven);
  return DenseElementsAttr::get(cast<RankedTensorType>(getType()), value);
}

OpFoldResult SumOp::fold(FoldAdaptor) {
  // With no axes, or axes of size one kept, each sum has one term.
  return getReducedAxes().empty() && getType() == getX().getType() ? OpFoldResult(getX()) : OpFoldResult();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getType() == getX().getType())
    return getX();
  if (auto inner = getX().getDefiningOp<ReshapeOp>()) {
    getXMutable().assign(inner.getX());
    return getResult();
  }
  return {};
}

OpFoldResult CastOp::fold(FoldAdaptor) { return getType() == getX().getType() ? OpFoldResult(getX()) : OpFoldResult(); }

OpFoldResult BroadcastOp::fold(FoldAdaptor) {
  return getType() == getX().getType() ? OpFoldResult(getX()) : OpFoldResult();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  int64_t rank = cast<RankedTensorType>(getX().getType()).getRank();
  if (auto inner = getX().getDefiningOp<TransposeOp>()) {
    SmallVector<int64_t> axes;
    for (int64_t axis : getAxes())
      axes.push_back(axisOf(inner.getAxes()[axisOf(axis, rank)], rank));
    getXMutable().assign(inner.getX());
    setAxes(axes);
    return getResult();
  }
  for (auto [position, axis] : llvm::enumerate(getAxes()))
    if (axisOf(axis, rank) != static_cast<int64_t>(position))
      return {};
  return getX();
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  return getTensors().size() == 1 ? OpFoldResult(getTensors().front()) : OpFoldResult();
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  return getType() == getX().getType() ? OpFoldResult(getX()) : OpFoldResult();
}

/// Worked out in double precision, each number rounded once.
static DenseElementsAttr spaceEvenly(LinspaceOp op) {
  double lo = op.getLo().convertToDouble(), hi = op.getHi().convertToDouble();
  auto count = static_cast<int64_t>(op.getCount());
  SmallVector<float> values{static_cast<float>(lo)};
  for (int64_t i = 1; i < count; ++i)
    values.push_back(static_cast<float>(lo + (hi - lo) * static_cast<double>(i) / static_cast<double>(count - 1)));
  return DenseElementsAttr::get(cast<RankedTensorType>(op.getType()), ArrayRef<float>(values));
}

OpFoldResult LinspaceOp::fold(FoldAdaptor) { return spaceEvenly(*this); }

SmallVector<Value> LinspaceOp::decompose(OpBuilder &builder) {
  return {ConstantOp::create(builder, getLoc(), spaceEvenly(*this))};
}

/// In double precision, each product rounded once.
OpFoldResult CumprodOp::fold(FoldAdaptor adaptor) {
  auto x = dyn_cast_or_null<DenseFPElementsAttr>(adaptor.getX());
  auto type = dyn_cast<RankedTensorType>(getType());
  if (!x || type.getRank() != 1 || !type.getElementType().isF32())
    return {};
  SmallVector<float> values;
  double product = 1;
  for (const APFloat &value : x) {
    product *= value.convertToDouble();
    values.push_back(static_cast<float>(product));
  }
  return DenseElementsAttr::get(type, ArrayRef<float>(values));
}
