// Running sums and products.
#include "ir/ops/Scans.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Constants.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Reductions.h"
#include "ir/ops/Shapes.h"

using namespace mlir;
using namespace vae;
using program::getSizes;
using program::getTensorType;

//===-- cumsum ------------------------------------------------------------===//

LogicalResult CumsumOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getX().getType());
  return normalizeAxis(loc, adaptor.getAxis(), tensorType(adaptor.getX()));
}

/// x seen as [before, length, 1, behind] is chosen by a triangle [length, length, 1] and added up. A choice, not a product:
/// what comes after a place leaves no trace there, be it infinite.
SmallVector<Value> CumsumOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  SmallVector<Size> sizes = sizesOf(getX());
  int64_t axis = axisOf(getAxis(), sizes.size());
  Size length = sizes[axis], behind = product(ArrayRef(sizes).drop_front(axis + 1));
  SmallVector<Size> square{length, length}, split{product(ArrayRef(sizes).take_front(axis)), length, Size(1)};
  if (behind != Size(1))
    split.push_back(behind);
  Value triangle =
      t.make<TriangleOp>(program::ShapeAttr::get(getContext(), square), TypeAttr::get(getElementTypeOrSelf(getX())));
  if (behind != Size(1))
    triangle = t.reshape(triangle, {length, length, Size(1)});
  Value chosen = t.where(triangle, t.reshape(getX(), split), t.scalar(0, getX()));
  return {t.reshape(t.sum(chosen, 1), sizes)};
}

//===-- cumprod -----------------------------------------------------------===//

LogicalResult CumprodOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  RankedTensorType type = tensorType(adaptor.getX());
  FailureOr<int64_t> axis = normalizeAxis(loc, adaptor.getAxis(), type);
  if (failed(axis))
    return failure();
  if (Size length = getSizes(type)[*axis]; !length.getConstant())
    return emitOptionalError(loc, messages::CumprodSize(length.str()));
  types.push_back(type);
  return success();
}

/// Each step multiplies by what lies twice as far back, ones before the first.
SmallVector<Value> CumprodOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  SmallVector<Size> sizes = sizesOf(getX());
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), cast<RankedTensorType>(getType()))->front();
  int64_t length = *sizes[axis].getConstant();
  Value products = getX();
  for (int64_t back = 1; back < length; back *= 2) {
    SmallVector<Size> before = sizes;
    before[axis] = Size(back);
    Value ones = t.make<FillOp>(program::ShapeAttr::get(getContext(), before), builder.getF64FloatAttr(1),
                                TypeAttr::get(getElementTypeOrSelf(products)));
    Value shifted = t.slice(products, axis, Size(0), Size(length - back));
    shifted = t.make<ConcatOp>(ValueRange{ones, shifted}, builder.getI64IntegerAttr(axis));
    products = t.mul(products, shifted);
  }
  return {products};
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
