// Ops that take more than their operands to write.
#include "ir/builders/TensorBuilder.h"
#include "ir/Shapes.h"
#include "ir/ops/Constants.h"
#include "ir/ops/Contractions.h"
#include "ir/ops/Discrete.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Reductions.h"
#include "ir/ops/Shapes.h"

using namespace mlir;
using namespace vae;

Value TensorBuilder::add(Value a, Value b) { return make<AddOp>(a, b); }
Value TensorBuilder::sub(Value a, Value b) { return make<SubOp>(a, b); }
Value TensorBuilder::mul(Value a, Value b) { return make<MulOp>(a, b); }
Value TensorBuilder::div(Value a, Value b) { return make<DivOp>(a, b); }
Value TensorBuilder::where(Value condition, Value a, Value b) { return make<WhereOp>(condition, a, b); }

Value TensorBuilder::scalar(double value, Value like) {
  Type element = getElementTypeOrSelf(like);
  auto type = RankedTensorType::get({}, element);
  if (isa<IntegerType>(element))
    return make<ConstantOp>(
        DenseElementsAttr::get(type, Attribute(builder.getIntegerAttr(element, static_cast<int64_t>(value)))));
  return make<ConstantOp>(DenseElementsAttr::get(type, builder.getFloatAttr(element, value)));
}

Value TensorBuilder::reshape(Value x, ArrayRef<Size> sizes) {
  return make<ReshapeOp>(x, program::ShapeAttr::get(builder.getContext(), sizes));
}

Value TensorBuilder::broadcast(Value x, ArrayRef<Size> sizes) {
  return make<BroadcastOp>(x, program::ShapeAttr::get(builder.getContext(), sizes));
}

Value TensorBuilder::zeros(ArrayRef<Size> sizes, Value like) {
  return make<FillOp>(program::ShapeAttr::get(builder.getContext(), sizes), builder.getF64FloatAttr(0),
                      TypeAttr::get(getElementTypeOrSelf(like)));
}

Value TensorBuilder::slice(Value x, int64_t axis, const Size &begin, const Size &end) {
  return make<SliceOp>(x, builder.getI64IntegerAttr(axis), program::ShapeAttr::get(builder.getContext(), {begin, end}));
}

Value TensorBuilder::sum(Value x, ArrayRef<int64_t> axes, bool keep) {
  return make<SumOp>(x, builder.getDenseI64ArrayAttr(axes), builder.getBoolAttr(keep));
}

Value TensorBuilder::amax(Value x, ArrayRef<int64_t> axes, bool keep) {
  return make<AmaxOp>(x, builder.getDenseI64ArrayAttr(axes), builder.getBoolAttr(keep));
}

Value TensorBuilder::chosen(Value index, int64_t count, Value like) {
  return make<OneHotOp>(reshape(index, {product(sizesOf(index))}), builder.getI64IntegerAttr(count),
                        builder.getI64IntegerAttr(-1), TypeAttr::get(getElementTypeOrSelf(like)));
}

Value TensorBuilder::sumByIndex(Value rows, Value index, const Size &count) {
  if (std::optional<int64_t> number = count.getConstant())
    return make<MatmulOp>(chosen(index, *number, rows), rows, /*transpose_a=*/true, /*transpose_b=*/false,
                          /*chooses=*/true);
  SmallVector<Size> sizes = sizesOf(rows);
  Value places = make<PositionsOp>(program::ShapeAttr::get(builder.getContext(), {count}));
  Value here = make<EqualOp>(reshape(index, {sizes[0], Size(1), Size(1)}), reshape(places, {count, Size(1)}));
  return sum(where(here, reshape(rows, {sizes[0], Size(1), sizes[1]}), scalar(0, rows)), 0);
}

Value TensorBuilder::cutAxis(Value x, int64_t axis, int64_t width) {
  SmallVector<Size> sizes = sizesOf(x);
  int64_t size = *sizes[axis].getConstant(), panels = llvm::divideCeil(size, width);
  if (int64_t missing = panels * width - size) {
    sizes[axis] = Size(missing);
    x = make<ConcatOp>(ValueRange{x, zeros(sizes, x)}, builder.getI64IntegerAttr(axis));
  }
  sizes[axis] = Size(panels);
  sizes.insert(sizes.begin() + axis + 1, Size(width));
  return reshape(x, sizes);
}

Value TensorBuilder::pack(Value x, program::Layout layout) {
  program::Packing packing = program::getPacking(layout);
  auto axes = llvm::to_vector(llvm::seq<int64_t>(0, packing.rank + 1));
  std::rotate(axes.begin() + packing.axis + 1, axes.begin() + packing.axis + 2, axes.end());
  return make<TransposeOp>(cutAxis(x, packing.axis, packing.width), builder.getDenseI64ArrayAttr(axes));
}

Value TensorBuilder::sizeOf(const Size &size, Value like) {
  return make<SizeOp>(builder.getStringAttr(size.str()), TypeAttr::get(getElementTypeOrSelf(like)));
}

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
