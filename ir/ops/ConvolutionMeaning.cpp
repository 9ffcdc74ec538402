// Convolutions as products over windows of pictures whose channels lie last, and their vector-Jacobian products, which are
// convolutions again. What puts the channels there and back is explicit; passes cancel it between convolutions.
#include "ir/Shapes.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Constants.h"
#include "ir/ops/Convolution.h"
#include "ir/ops/Shapes.h"
#include "ir/ops/WindowAxis.h"
#include "ir/ops/Windows.h"

using namespace mlir;
using namespace vae;

namespace {
/// Writes one convolution, what carries its gradient back, or its weight's gradient.
class ConvolutionBuilder {
public:
  /// `weight` is that of the op: [outer, inner, height, width].
  template <typename OpT>
  ConvolutionBuilder(OpBuilder &builder, OpT op)
      : t(builder, op.getLoc()), builder(builder), weight(sizesOf(op.getWeight())), window(getWindow(op, weight)),
        groups(op.getGroups()) {}

  /// [B, C, H, W] to `result` through windows over x, and back from what such windows read. `bias` may be null.
  Value convolve(Value x, Value weightValue, Value bias, ArrayRef<Size> result);
  Value spread(Value x, Value weightValue, Value bias, ArrayRef<Size> result);
  /// The weight's gradient: sums over pictures and windows of what the window put into or took from each of `small`.
  Value weightGradient(Value small, Value large);

  TensorBuilder t;

private:
  Value reorder(Value x, ArrayRef<int64_t> axes) { return t.make<TransposeOp>(x, builder.getDenseI64ArrayAttr(axes)); }
  Value channelsLast(Value x) { return reorder(x, {0, 2, 3, 1}); }
  Value channelsFirst(Value x) { return reorder(x, {0, 3, 1, 2}); }
  Value packFilter(Value weightValue, bool outputsInside);
  Value finish(Value x, Value filter, Value bias, ArrayRef<Size> result, bool transposed);
  program::WindowAttr getWindowAttr(unsigned axis, bool transposed) const;
  Size inGroups(const Size &channels) const { return *channels.divide(Size(groups)); }

  OpBuilder &builder;
  SmallVector<Size> weight;
  SmallVector<WindowAxis, 2> window;
  int64_t groups;
};
} // namespace

/// Transposed: an element at `at` was put there by the window at `(at + before - tap * dilation) / stride`, if that is
/// whole.
program::WindowAttr ConvolutionBuilder::getWindowAttr(unsigned axis, bool transposed) const {
  const WindowAxis &a = window[axis];
  MLIRContext *context = builder.getContext();
  if (transposed)
    return program::WindowAttr::get(context, a.kernel, 1, -a.dilation, a.before, a.stride, a.stride > 1);
  return program::WindowAttr::get(context, a.kernel, a.stride, a.dilation, -a.before, 1, false);
}

/// The weight as the layout `panels16` has it, and in the same step its axes in the order of filters. Its outer axis holds
/// the outputs, or where `outputsInside` its inner one.
Value ConvolutionBuilder::packFilter(Value weightValue, bool outputsInside) {
  Value filter = t.reshape(weightValue, {Size(groups), inGroups(weight[0]), weight[1], weight[2], weight[3]});
  filter = t.cutAxis(filter, outputsInside ? 2 : 1, program::filterPanel);
  return outputsInside ? reorder(filter, {0, 2, 4, 5, 1, 3}) : reorder(filter, {0, 1, 4, 5, 3, 2});
}

Value ConvolutionBuilder::finish(Value x, Value filter, Value bias, ArrayRef<Size> result, bool transposed) {
  Value y = t.make<ConvolveOp>(
      channelsLast(x), filter, program::ShapeAttr::get(builder.getContext(), result.take_back(2)),
      builder.getI64IntegerAttr(*result[1].getConstant()), getWindowAttr(0, transposed), getWindowAttr(1, transposed));
  return channelsFirst(bias ? t.add(y, bias) : y);
}

Value ConvolutionBuilder::convolve(Value x, Value weightValue, Value bias, ArrayRef<Size> result) {
  return finish(x, packFilter(weightValue, /*outputsInside=*/false), bias, result, /*transposed=*/false);
}

Value ConvolutionBuilder::spread(Value x, Value weightValue, Value bias, ArrayRef<Size> result) {
  return finish(x, packFilter(weightValue, /*outputsInside=*/true), bias, result, /*transposed=*/true);
}

Value ConvolutionBuilder::weightGradient(Value small, Value large) {
  Value gradient =
      t.make<FilterGradientOp>(channelsLast(small), channelsLast(large), builder.getI64IntegerAttr(groups),
                               getWindowAttr(0, /*transposed=*/false), getWindowAttr(1, /*transposed=*/false));
  return t.reshape(reorder(gradient, {0, 4, 3, 1, 2}), weight);
}

SmallVector<Value> Conv2dOp::decompose(OpBuilder &builder) {
  return {ConvolutionBuilder(builder, *this).convolve(getX(), getWeight(), getBias(), sizesOf(getResult()))};
}

SmallVector<Value> ConvTranspose2dOp::decompose(OpBuilder &builder) {
  return {ConvolutionBuilder(builder, *this).spread(getX(), getWeight(), getBias(), sizesOf(getResult()))};
}

/// Ones up to the kernel's centre in reading order; the centre is one for mask "B".
static DenseElementsAttr makeMask(RankedTensorType weight, bool keepsCentre) {
  int64_t height = weight.getDimSize(2), width = weight.getDimSize(3), centre = height / 2 * width + width / 2;
  SmallVector<Attribute> values;
  for (int64_t tap = 0; tap < height * width; ++tap)
    values.push_back(FloatAttr::get(weight.getElementType(), tap < centre || (tap == centre && keepsCentre) ? 1 : 0));
  return DenseElementsAttr::get(RankedTensorType::get({height, width}, weight.getElementType()), values);
}

SmallVector<Value> MaskedConv2dOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value mask = t.make<ConstantOp>(makeMask(tensorType(getWeight()), getMask() == "B"));
  Value weight = t.where(mask, getWeight(), t.scalar(0, getWeight()));
  return {t.make<Conv2dOp>(getX(), weight, getBias(), getStrideAttr(), getPaddingAttr(), getDilationAttr(),
                           getGroupsAttr())};
}

//===-- Gradients ----------------------------------------------------------------===//

/// The bias's gradient: all but the channels summed.
static Value biasGradient(TensorBuilder &t, Value g) { return t.sum(g, {0, 2, 3}); }

void Conv2dOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, SmallVectorImpl<Value> &gradients) {
  ConvolutionBuilder c(builder, *this);
  Value g = resultGradients[0];
  auto size = program::ShapeAttr::get(getContext(), ArrayRef(sizesOf(getX())).take_back(2));
  gradients.push_back(c.t.make<ConvTranspose2dOp>(g, getWeight(), Value(), getStrideAttr(), getPaddingAttr(), size,
                                                  getDilationAttr(), getGroupsAttr()));
  gradients.push_back(c.weightGradient(g, getX()));
  if (getBias())
    gradients.push_back(biasGradient(c.t, g));
}

void ConvTranspose2dOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, SmallVectorImpl<Value> &gradients) {
  ConvolutionBuilder c(builder, *this);
  Value g = resultGradients[0];
  Value spread = c.t.make<Conv2dOp>(g, getWeight(), Value(), getStrideAttr(), getPaddingAttr(), getDilationAttr(),
                                    getGroupsAttr());
  // An output padding of a stride or more has room for windows that x has no element for.
  for (int64_t axis : {2, 3})
    if (Size count = sizesOf(getX())[axis]; sizesOf(spread)[axis] != count)
      spread = c.t.slice(spread, axis, Size(0), count);
  gradients.push_back(spread);
  gradients.push_back(c.weightGradient(getX(), g));
  if (getBias())
    gradients.push_back(biasGradient(c.t, g));
}
