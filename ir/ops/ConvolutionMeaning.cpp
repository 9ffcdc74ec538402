// Convolutions as contractions over windows, and their vector-Jacobian products, which are convolutions again.
#include "ir/Shapes.h"
#include "ir/builders/IndexFormula.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Convolution.h"

using namespace mlir;
using namespace vae;

//===-- Windows ------------------------------------------------------------------===//

bool UnfoldOp::isIndexedOperand(unsigned) { return true; }
bool UnfoldOp::isReadThrough() { return true; }

namespace {
/// A position in the picture, zero where `inside` does not hold.
struct Position {
  Value index, inside;
};
} // namespace

/// Where tap `tap` of window `window` reads along an axis of `size` elements.
static Position readAt(IndexFormula &f, const WindowAxis &axis, Value window, Value tap, Value size, bool transposed) {
  Value at, exact;
  if (!transposed) {
    at = f.add(f.add(f.mul(window, axis.stride), f.mul(tap, axis.dilation)), -axis.before);
  } else {
    Value spread = f.add(f.sub(window, f.mul(tap, axis.dilation)), axis.before);
    at = f.divideSigned(spread, axis.stride);
    if (axis.stride != 1)
      exact = f.equal(f.mul(at, axis.stride), spread);
  }
  Value inside = f.isInside(at, size);
  if (exact)
    inside = f.both(inside, exact);
  return {f.toIndex(f.select(inside, at, f.constant(0))), inside};
}

void UnfoldOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  IndexFormula f(builder, context, builder.getI32Type());
  SmallVector<Size> x = sizesOf(getX()), size = getSize().getSizes();
  ArrayRef<int64_t> kernel = getKernel();
  auto [channel, tap] = f.split(f.coordinate(2), kernel[0] * kernel[1]);
  auto [tapRow, tapColumn] = f.split(tap, kernel[1]);
  auto [row, column] = f.split(f.coordinate(3), f.size(size[1]));
  auto along = [&](unsigned axis, Value window, Value at) {
    WindowAxis windowAxis{kernel[axis], getStride()[axis], getDilation()[axis], getPadding()[axis], 0};
    return readAt(f, windowAxis, window, at, f.size(x[2 + axis]), getTransposed());
  };
  Position y = along(0, row, tapRow), z = along(1, column, tapColumn);
  if (getGroups() != 1) {
    Value first = f.mul(f.coordinate(1), f.size(*x[1].divide(Size(getGroups()))));
    channel = f.add(first, channel);
  }
  Value element = context.extract(0, {context.index(0), f.toIndex(channel), y.index, z.index});
  Value zero = arith::ConstantOp::create(builder, context.loc, builder.getZeroAttr(element.getType()));
  results.push_back(f.select(f.both(y.inside, z.inside), element, zero));
}

bool FoldOp::isIndexedOperand(unsigned) { return true; }

unsigned FoldOp::getBodyCost() {
  constexpr unsigned tapCost = 8;
  unsigned taps = 1;
  for (unsigned axis = 0; axis < 2; ++axis)
    taps *= llvm::divideCeil(getKernel()[axis], getStride()[axis]);
  return taps * tapCost;
}

/// The taps that may reach a position along an axis, the first to the last, and the windows whose taps they are.
static SmallVector<std::pair<Value, Position>> tapsAt(IndexFormula &f, const WindowAxis &axis, Value position,
                                                      Value windows) {
  auto [window, first] = f.split(f.add(position, axis.before), axis.stride);
  SmallVector<std::pair<Value, Position>> taps;
  for (int64_t step = 0; step * axis.stride < axis.kernel; ++step) {
    Value tap = f.add(first, step * axis.stride), at = f.add(window, -step);
    Value inside = f.isInside(at, windows);
    // The last step's taps may lie beyond the kernel.
    if ((step + 1) * axis.stride > axis.kernel)
      inside = f.both(inside, f.isInside(tap, f.constant(axis.kernel)));
    Value zero = f.constant(0);
    taps.push_back({f.select(inside, tap, zero), {f.select(inside, at, zero), inside}});
  }
  return taps;
}

void FoldOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  IndexFormula f(builder, context, builder.getI32Type());
  SmallVector<Size> x = sizesOf(getX()), windows = getWindows().getSizes();
  ArrayRef<int64_t> kernel = getKernel();
  int64_t taps = kernel[0] * kernel[1];
  auto [group, channel] = f.split(f.coordinate(1), *x[2].getConstant() / taps);
  if (x[1] == Size(1))
    std::tie(group, channel) = std::pair(f.constant(0), f.coordinate(1));
  auto along = [&](unsigned axis) {
    WindowAxis windowAxis{kernel[axis], getStride()[axis], 1, getPadding()[axis], 0};
    return tapsAt(f, windowAxis, f.coordinate(2 + axis), f.size(windows[axis]));
  };
  auto rows = along(0), columns = along(1);
  Value zero =
      arith::ConstantOp::create(builder, context.loc, builder.getZeroAttr(tensorType(getX()).getElementType()));
  Value sum, width = f.size(windows[1]);
  for (auto &[tapRow, row] : rows)
    for (auto &[tapColumn, column] : columns) {
      Value tap = f.add(f.mul(tapRow, kernel[1]), tapColumn);
      Value line = f.add(f.mul(channel, taps), tap);
      Value at = f.add(f.mul(row.index, width), column.index);
      Value element = context.extract(0, {context.index(0), f.toIndex(group), f.toIndex(line), f.toIndex(at)});
      Value inside = f.both(row.inside, column.inside);
      Value term = f.select(inside, element, zero);
      sum = sum ? arith::AddFOp::create(builder, context.loc, sum, term).getResult() : term;
    }
  results.push_back(sum);
}

//===-- Contractions ---------------------------------------------------------------===//

namespace {
/// Writes the contractions of one convolution.
class ConvolutionBuilder {
public:
  /// `weight` is that of the op: [outer, inner, height, width].
  template <typename OpT>
  ConvolutionBuilder(OpBuilder &builder, OpT op)
      : t(builder, op.getLoc()), builder(builder), weight(sizesOf(op.getWeight())), window(getWindow(op, weight)),
        stride(op.getStride()), dilation(op.getDilation()), groups(op.getGroups()) {}

  /// Windows over `x`, one for each of `size`, as [B, G, C / G * taps, windows].
  Value unfold(Value x, ArrayRef<Size> size, bool transposed);
  Value convolve(Value x, Value weightValue, ArrayRef<Size> result);
  Value spread(Value x, Value weightValue, ArrayRef<Size> result);
  Value foldProducts(Value x, Value weightValue, ArrayRef<Size> result);
  Value addBias(Value y, Value bias);
  /// The weight's gradient: sums over pictures and windows of what the window put into or took from each of `small`.
  Value weightGradient(Value small, Value large);

  TensorBuilder t;

private:
  /// Whether windows are elements, so that unfolding changes nothing.
  bool isPointwise() const {
    return llvm::all_of(window, [](const WindowAxis &axis) {
      return axis.kernel == 1 && axis.stride == 1 && axis.before == 0 && axis.after == 0;
    });
  }
  Size taps() const { return weight[2] * weight[3]; }
  Size inGroups(const Size &channels) const { return *channels.divide(Size(groups)); }

  OpBuilder &builder;
  SmallVector<Size> weight;
  SmallVector<WindowAxis, 2> window;
  ArrayRef<int64_t> stride, dilation;
  int64_t groups;
};
} // namespace

Value ConvolutionBuilder::unfold(Value x, ArrayRef<Size> size, bool transposed) {
  SmallVector<Size> sizes = sizesOf(x);
  if (isPointwise())
    return t.reshape(x, {sizes[0], Size(groups), inGroups(sizes[1]), sizes[2] * sizes[3]});
  auto numbers = [&](ArrayRef<int64_t> values) { return builder.getDenseI64ArrayAttr(values); };
  return t.make<UnfoldOp>(x, program::ShapeAttr::get(builder.getContext(), size),
                          numbers({window[0].kernel, window[1].kernel}), numbers(stride),
                          numbers({window[0].before, window[1].before}), numbers(dilation),
                          builder.getI64IntegerAttr(groups), builder.getBoolAttr(transposed));
}

/// [B, G, C / G, windows]: each group's weight as a matrix, times its windows.
Value ConvolutionBuilder::convolve(Value x, Value weightValue, ArrayRef<Size> result) {
  Value matrix = t.reshape(weightValue, {Size(groups), inGroups(weight[0]), weight[1] * taps()});
  return t.make<MatmulOp>(matrix, unfold(x, result.take_back(2), /*transposed=*/false));
}

/// Each element's products with a whole window, summed where windows overlap: no product is with a zero between
/// elements, which strides would put there.
Value ConvolutionBuilder::foldProducts(Value x, Value weightValue, ArrayRef<Size> result) {
  SmallVector<Size> sizes = sizesOf(x);
  Size in = inGroups(weight[0]);
  Value matrix = t.reshape(weightValue, {Size(groups), in, weight[1] * taps()});
  Value columns = t.reshape(x, {sizes[0], Size(groups), in, sizes[2] * sizes[3]});
  Value products = t.make<MatmulOp>(matrix, columns, /*transpose_a=*/true, /*transpose_b=*/false);
  auto shape = [&](ArrayRef<Size> values) { return program::ShapeAttr::get(builder.getContext(), values); };
  auto numbers = [&](ArrayRef<int64_t> values) { return builder.getDenseI64ArrayAttr(values); };
  return t.make<FoldOp>(products, shape({sizes[2], sizes[3]}), shape(result.take_back(2)),
                        numbers({window[0].kernel, window[1].kernel}), numbers(stride),
                        numbers({window[0].before, window[1].before}));
}

/// A transposed convolution without its bias: [B, out, H, W], or [B, G, out / G, H * W].
Value ConvolutionBuilder::spread(Value x, Value weightValue, ArrayRef<Size> result) {
  bool strided = stride[0] > 1 || stride[1] > 1;
  if (strided && dilation[0] == 1 && dilation[1] == 1)
    return foldProducts(x, weightValue, result);
  Size in = inGroups(weight[0]), out = weight[1];
  Value columns = unfold(x, result.take_back(2), /*transposed=*/true);
  if (taps() == Size(1))
    return t.make<MatmulOp>(t.reshape(weightValue, {Size(groups), in, out}), columns, /*transpose_a=*/true,
                            /*transpose_b=*/false);
  Value turned = t.reshape(weightValue, {Size(groups), in, out, taps()});
  turned = t.make<TransposeOp>(turned, builder.getDenseI64ArrayAttr({0, 2, 1, 3}));
  return t.make<MatmulOp>(t.reshape(turned, {Size(groups), out, in * taps()}), columns);
}

Value ConvolutionBuilder::addBias(Value y, Value bias) {
  if (!bias)
    return y;
  SmallVector<Size> sizes = sizesOf(y), channels = sizesOf(bias);
  bool apart = sizes[1] == channels[0];
  return t.add(y, t.reshape(bias, {apart ? channels[0] : Size(groups), apart ? Size(1) : sizes[2], Size(1)}));
}

Value ConvolutionBuilder::weightGradient(Value small, Value large) {
  SmallVector<Size> sizes = sizesOf(small);
  Value rows = t.reshape(small, {sizes[0], Size(groups), inGroups(sizes[1]), sizes[2] * sizes[3]});
  Value columns = unfold(large, {sizes[2], sizes[3]}, /*transposed=*/false);
  Value products = t.make<MatmulOp>(rows, columns, /*transpose_a=*/false, /*transpose_b=*/true);
  return t.reshape(t.sum(products, {0}), weight);
}

SmallVector<Value> Conv2dOp::decompose(OpBuilder &builder) {
  ConvolutionBuilder c(builder, *this);
  Value y = c.convolve(getX(), getWeight(), sizesOf(getResult()));
  return {c.t.reshape(c.addBias(y, getBias()), sizesOf(getResult()))};
}

SmallVector<Value> ConvTranspose2dOp::decompose(OpBuilder &builder) {
  ConvolutionBuilder c(builder, *this);
  Value y = c.spread(getX(), getWeight(), sizesOf(getResult()));
  return {c.t.reshape(c.addBias(y, getBias()), sizesOf(getResult()))};
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
  return {t.make<Conv2dOp>(getX(), t.mul(getWeight(), mask), getBias(), getStrideAttr(), getPaddingAttr(),
                           getDilationAttr(), getGroupsAttr())};
}

//===-- Gradients ----------------------------------------------------------------===//

/// The bias's gradient: all but the channels summed.
static Value biasGradient(TensorBuilder &t, Value g) { return t.sum(g, {0, 2, 3}); }

void Conv2dOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, SmallVectorImpl<Value> &gradients) {
  ConvolutionBuilder c(builder, *this);
  Value g = resultGradients[0];
  SmallVector<WindowAxis, 2> window = getWindow(*this, sizesOf(getWeight()));
  // What rounding down left of the picture.
  SmallVector<int64_t> rest;
  for (unsigned axis = 0; axis < 2; ++axis)
    rest.push_back(*(sizesOf(getX())[2 + axis] - window[axis].span(sizesOf(g)[2 + axis])).getConstant());
  gradients.push_back(c.t.make<ConvTranspose2dOp>(g, getWeight(), Value(), getStrideAttr(), getPaddingAttr(),
                                                  builder.getDenseI64ArrayAttr(rest), getDilationAttr(),
                                                  getGroupsAttr()));
  gradients.push_back(c.weightGradient(g, getX()));
  if (getBias())
    gradients.push_back(biasGradient(c.t, g));
}

void ConvTranspose2dOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, SmallVectorImpl<Value> &gradients) {
  ConvolutionBuilder c(builder, *this);
  Value g = resultGradients[0];
  gradients.push_back(c.t.make<Conv2dOp>(g, getWeight(), Value(), getStrideAttr(), getPaddingAttr(), getDilationAttr(),
                                         getGroupsAttr()));
  gradients.push_back(c.weightGradient(getX(), g));
  if (getBias())
    gradients.push_back(biasGradient(c.t, g));
}
