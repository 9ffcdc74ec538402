// Folds that change no bit of a result (but the sign of a zero).
#include "ir/VaeOps.h"
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

/// Computes an op on rank-0 constants in their own precision, as the kernel would.
static OpFoldResult foldScalars(ArrayRef<Attribute> operands, Type type,
                                function_ref<APFloat(APFloat, const APFloat &)> calculate) {
  auto a = dyn_cast_or_null<DenseFPElementsAttr>(operands.front()),
       b = dyn_cast_or_null<DenseFPElementsAttr>(operands.back());
  auto tensor = cast<RankedTensorType>(type);
  if (!a || !b || tensor.getRank() != 0)
    return {};
  return DenseElementsAttr::get(tensor, calculate(*a.begin(), *b.begin()));
}

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  if (splatValue(adaptor.getB()) == 0.0 && getA().getType() == getType())
    return getA();
  if (splatValue(adaptor.getA()) == 0.0 && getB().getType() == getType())
    return getB();
  return foldScalars(adaptor.getOperands(), getType(), [](const APFloat &a, const APFloat &b) { return a + b; });
}

OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  if (splatValue(adaptor.getB()) == 0.0 && getA().getType() == getType())
    return getA();
  return foldScalars(adaptor.getOperands(), getType(), [](const APFloat &a, const APFloat &b) { return a - b; });
}

OpFoldResult MulOp::fold(FoldAdaptor adaptor) {
  if (splatValue(adaptor.getB()) == 1.0 && getA().getType() == getType())
    return getA();
  if (splatValue(adaptor.getA()) == 1.0 && getB().getType() == getType())
    return getB();
  return foldScalars(adaptor.getOperands(), getType(), [](const APFloat &a, const APFloat &b) { return a * b; });
}

OpFoldResult DivOp::fold(FoldAdaptor adaptor) {
  if (splatValue(adaptor.getB()) == 1.0 && getA().getType() == getType())
    return getA();
  return foldScalars(adaptor.getOperands(), getType(), [](const APFloat &a, const APFloat &b) { return a / b; });
}

OpFoldResult NegOp::fold(FoldAdaptor adaptor) {
  if (auto inner = getX().getDefiningOp<NegOp>())
    return inner.getX();
  return foldScalars(adaptor.getOperands(), getType(), [](const APFloat &a, const APFloat &) { return neg(a); });
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
  for (auto [position, axis] : llvm::enumerate(getAxes()))
    if ((axis < 0 ? axis + rank : axis) != static_cast<int64_t>(position))
      return {};
  return getX();
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  return getTensors().size() == 1 ? OpFoldResult(getTensors().front()) : OpFoldResult();
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  return getType() == getX().getType() ? OpFoldResult(getX()) : OpFoldResult();
}
