// Convolutions: shapes, and calls that make their parameters.
#include "ir/ops/Convolution.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/ops/Pictures.h"
#include "ir/ops/WindowAxis.h"
#include <cmath>

using namespace mlir;
using namespace vae;
using program::getSizes;
using program::getTensorType;

using Built = FailureOr<SmallVector<Value>>;

//===-- Inference ----------------------------------------------------------------===//

/// Numbers of an attribute, as many as `count` and none below `least`.
static LogicalResult checkNumbers(OptionalLocation loc, StringRef name, ArrayRef<int64_t> numbers, size_t count,
                                  int64_t least) {
  if (numbers.size() != count)
    return emitOptionalError(loc, messages::ConvolutionCount(name, numbers.size(), count));
  for (int64_t number : numbers)
    if (number < least)
      return emitOptionalError(loc, messages::ConvolutionLeast(name, number, least));
  return success();
}

template <typename Adaptor> static LogicalResult checkGeometry(OptionalLocation loc, Adaptor adaptor, size_t sides) {
  if (failed(checkNumbers(loc, "stride", adaptor.getStride(), 2, 1)) ||
      failed(checkNumbers(loc, "padding", adaptor.getPadding(), sides, 0)) ||
      failed(checkNumbers(loc, "dilation", adaptor.getDilation(), 2, 1)))
    return failure();
  return checkNumbers(loc, "group count", static_cast<int64_t>(adaptor.getGroups()), 1, 1);
}

/// Checks that picture, weight and bias fit; `in` and `out` are the weight's axes that the groups divide between them.
/// Returns the result's channels.
template <typename Adaptor>
static FailureOr<Size> checkOperands(OptionalLocation loc, Adaptor adaptor, StringRef form, bool transposed) {
  SmallVector<Size> x = getSizes(tensorType(adaptor.getX())), weight = getSizes(tensorType(adaptor.getWeight()));
  int64_t groups = adaptor.getGroups();
  auto report = [&]() {
    return emitOptionalError(loc, messages::ConvolutionWeight(shapeText(x), shapeText(weight), groups, form));
  };
  bool fits = x.size() == 4 && weight.size() == 4 &&
              llvm::all_of(weight, [](const Size &size) { return size.getConstant().value_or(0) > 0; });
  if (!fits)
    return report();
  Size outer = weight[0], inner = weight[1] * Size(groups);
  if (*outer.getConstant() % groups != 0 || x[1] != (transposed ? outer : inner))
    return report();
  Size channels = transposed ? inner : outer;
  if (Value bias = adaptor.getBias(); bias && getSizes(tensorType(bias)) != SmallVector<Size>{channels})
    return emitOptionalError(loc, messages::ConvolutionBias(channels.str(), shapeText(bias.getType())));
  return channels;
}

/// The result [B, channels, H, W]; sizes that are constant are positive.
static LogicalResult addResult(OptionalLocation loc, RankedTensorType x, ArrayRef<WindowAxis> window,
                               ArrayRef<Size> result, SmallVectorImpl<Type> &types) {
  for (const Size &size : result)
    if (size.isConstant() && size.getConstant().value_or(0) <= 0)
      return emitOptionalError(
          loc, messages::ConvolutionLeavesNothing(shapeText(x), window[0].kernel, window[1].kernel, shapeText(result)));
  types.push_back(getTensorType(result, x.getElementType()));
  return success();
}

/// The type of `conv2d` and `masked_conv2d`.
template <typename Adaptor>
static LogicalResult inferConvolution(OptionalLocation loc, Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(checkGeometry(loc, adaptor, 4)))
    return failure();
  FailureOr<Size> channels = checkOperands(loc, adaptor, "[out, in / groups, height, width]", /*transposed=*/false);
  if (failed(channels))
    return failure();
  SmallVector<Size> x = getSizes(tensorType(adaptor.getX())), result{x[0], *channels};
  SmallVector<WindowAxis, 2> window = getWindow(adaptor, getSizes(tensorType(adaptor.getWeight())));
  for (unsigned axis = 0; axis < 2; ++axis) {
    std::optional<Size> count = window[axis].windows(x[2 + axis]);
    if (!count)
      return emitOptionalError(
          loc, messages::WindowCount(window[axis].stride, x[2 + axis].str(), WindowAxis::largestFormula));
    result.push_back(*count);
  }
  return addResult(loc, tensorType(adaptor.getX()), window, result, types);
}

LogicalResult Conv2dOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  return inferConvolution(loc, adaptor, types);
}

LogicalResult MaskedConv2dOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  return inferConvolution(loc, adaptor, types);
}

LogicalResult ConvTranspose2dOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                  SmallVectorImpl<Type> &types) {
  if (failed(checkGeometry(loc, adaptor, 4)))
    return failure();
  FailureOr<Size> channels = checkOperands(loc, adaptor, "[in, out / groups, height, width]", /*transposed=*/true);
  if (failed(channels))
    return failure();
  SmallVector<Size> x = getSizes(tensorType(adaptor.getX())), result{x[0], *channels};
  ArrayRef<Size> size = adaptor.getSize().getSizes();
  SmallVector<WindowAxis, 2> window = getWindow(adaptor, getSizes(tensorType(adaptor.getWeight())));
  if (size.size() != 2 || !window[0].spreads(x[2], size[0]) || !window[1].spreads(x[3], size[1]))
    return emitOptionalError(
        loc, messages::TransposedSize(shapeText(size), shapeText(x), window[0].stride, window[1].stride));
  llvm::append_range(result, size);
  return addResult(loc, tensorType(adaptor.getX()), window, result, types);
}

LogicalResult MaskedConv2dOp::verify() {
  if (getMask() != "A" && getMask() != "B")
    return emitOpError() << messages::UnknownMask(getMask());
  ArrayRef<int64_t> weight = cast<RankedTensorType>(getWeight().getType()).getShape();
  if (weight[2] % 2 == 0 || weight[3] % 2 == 0)
    return emitOpError() << messages::EvenKernel(weight[2], weight[3]);
  return success();
}

//===-- Calls --------------------------------------------------------------------===//

namespace {
/// The arguments of a call of one of the convolutions, checked.
class ConvolutionCall {
public:
  explicit ConvolutionCall(BuiltinCall &call, StringRef name) : call(call), name(name), x(call.tensor("x")) {}
  /// Reads and checks what all of them have; reports and fails.
  LogicalResult read();
  /// Pairs of a number or a pair, `fallback` where the argument is not there.
  FailureOr<SmallVector<int64_t>> pair(StringRef argument, int64_t least);
  FailureOr<SmallVector<int64_t>> padding();
  LogicalResult padBefore(StringRef mode);
  /// Makes the parameters and the op.
  Built build(StringRef opName, bool transposed, SmallVector<NamedAttribute> extra = {});

  BuiltinCall &call;
  StringRef name;
  Value x;
  int64_t in = 0, out = 0, groups = 1;
  SmallVector<int64_t> kernel, stride{1, 1}, dilation{1, 1}, sides;
};
} // namespace

FailureOr<SmallVector<int64_t>> ConvolutionCall::pair(StringRef argument, int64_t least) {
  auto given = llvm::to_vector(cast<DenseI64ArrayAttr>(call.find(argument)->attribute).asArrayRef());
  if (given.size() == 1)
    given.push_back(given.front());
  if (given.size() != 2)
    return mlir::emitError(call.loc) << messages::NotAPair(argument, given.size());
  for (int64_t number : given)
    if (number < least || number > INT32_MAX)
      return mlir::emitError(call.loc) << messages::ArgumentRange(argument, number, least);
  return given;
}

/// top, bottom, left, right of a number, a pair, or all four.
FailureOr<SmallVector<int64_t>> ConvolutionCall::padding() {
  auto given = llvm::to_vector(cast<DenseI64ArrayAttr>(call.find("padding")->attribute).asArrayRef());
  if (given.size() != 4) {
    FailureOr<SmallVector<int64_t>> both = pair("padding", 0);
    if (failed(both))
      return failure();
    given = {(*both)[0], (*both)[0], (*both)[1], (*both)[1]};
  }
  for (auto [side, zeros] : llvm::enumerate(given)) {
    Size size = getSizes(tensorType(x))[2 + side / 2];
    if (zeros < 0 || zeros > size.getConstant().value_or(INT32_MAX))
      return mlir::emitError(call.loc) << messages::PaddingRange(zeros, size.str());
  }
  return given;
}

/// Makes the border as a picture of its own, where it is not of zeros.
LogicalResult ConvolutionCall::padBefore(StringRef mode) {
  if (mode == "zeros")
    return success();
  if (mode != "reflect" && mode != "replicate")
    return mlir::emitError(call.loc) << messages::ConvolutionPadding(mode);
  Builder &builder = call.builder;
  Built padded = call.build(PadOp::getOperationName(), x,
                            {builder.getNamedAttr("padding", builder.getDenseI64ArrayAttr(sides)),
                             builder.getNamedAttr("mode", builder.getStringAttr(mode))});
  if (failed(padded))
    return failure();
  x = padded->front();
  sides.assign(4, 0);
  return success();
}

LogicalResult ConvolutionCall::read() {
  auto type = tensorType(x);
  std::optional<int64_t> channels = type.getRank() == 4 ? getSizes(type)[1].getConstant() : std::nullopt;
  if (!channels)
    return mlir::emitError(call.loc) << messages::NotAPicture(name, shapeText(type));
  in = *channels;
  out = call.integer("out");
  groups = call.integer("groups");
  if (out <= 0)
    return mlir::emitError(call.loc) << messages::ConvolutionChannels(name, out);
  if (groups <= 0 || in % groups != 0 || out % groups != 0)
    return mlir::emitError(call.loc) << messages::ConvolutionGroups(name, in, out, groups);
  auto take = [&](StringRef argument, SmallVector<int64_t> &into) {
    FailureOr<SmallVector<int64_t>> given = pair(argument, 1);
    if (succeeded(given))
      into = *given;
    return LogicalResult(given);
  };
  if (failed(take("kernel", kernel)) || (call.find("stride") && failed(take("stride", stride))))
    return failure();
  return take("dilation", dilation);
}

/// Zeros that keep a picture's size under a stride of one, the smaller half first.
static SmallVector<int64_t> samePadding(ArrayRef<int64_t> kernel, ArrayRef<int64_t> dilation) {
  SmallVector<int64_t> sides;
  for (unsigned axis = 0; axis < 2; ++axis) {
    int64_t zeros = dilation[axis] * (kernel[axis] - 1);
    sides.append({zeros / 2, zeros - zeros / 2});
  }
  return sides;
}

Built ConvolutionCall::build(StringRef opName, bool transposed, SmallVector<NamedAttribute> extra) {
  SmallVector<int64_t> shape{transposed ? in : out, (transposed ? out : in) / groups, kernel[0], kernel[1]};
  Type element = tensorType(x).getElementType();
  double bound = 1.0 / std::sqrt(static_cast<double>(shape[1]) * shape[2] * shape[3]);
  auto init = program::InitAttr::get(call.loc.getContext(), "uniform", -bound, bound);
  SmallVector<Value> operands = {x};
  auto addParameter = [&](StringRef parameter, ArrayRef<int64_t> sizes) -> LogicalResult {
    FailureOr<Value> value =
        call.makeParameter(parameter, RankedTensorType::get(sizes, element), init, /*frozen=*/false);
    if (succeeded(value))
      operands.push_back(*value);
    return value;
  };
  if (failed(addParameter("weight", shape)) || (call.boolean("bias") && failed(addParameter("bias", {out}))))
    return failure();
  Builder &builder = call.builder;
  extra.push_back(builder.getNamedAttr("stride", builder.getDenseI64ArrayAttr(stride)));
  extra.push_back(builder.getNamedAttr("padding", builder.getDenseI64ArrayAttr(sides)));
  extra.push_back(builder.getNamedAttr("dilation", builder.getDenseI64ArrayAttr(dilation)));
  extra.push_back(builder.getNamedAttr("groups", builder.getI64IntegerAttr(groups)));
  return call.build(opName, operands, extra);
}

/// `conv2d(x, out, kernel, ...)`: parameters as torch.nn.Conv2d makes them; no `padding` means that of "same".
Built Conv2dOp::buildBuiltin(BuiltinCall &call) {
  ConvolutionCall convolution(call, "conv2d");
  if (failed(convolution.read()))
    return failure();
  const BuiltinArgument *padding = call.find("padding");
  if (!padding || !padding->attribute) {
    convolution.sides = samePadding(convolution.kernel, convolution.dilation);
  } else {
    FailureOr<SmallVector<int64_t>> sides = convolution.padding();
    if (failed(sides))
      return failure();
    convolution.sides = *sides;
  }
  if (call.find("padding_mode") && failed(convolution.padBefore(call.string("padding_mode"))))
    return failure();
  return convolution.build(getOperationName(), /*transposed=*/false);
}

Built ConvTranspose2dOp::buildBuiltin(BuiltinCall &call) {
  ConvolutionCall convolution(call, "conv_transpose2d");
  if (failed(convolution.read()))
    return failure();
  FailureOr<SmallVector<int64_t>> sides = convolution.padding(), extra = convolution.pair("output_padding", 0);
  if (failed(sides) || failed(extra))
    return failure();
  convolution.sides = *sides;
  SmallVector<Size> sizes = getSizes(tensorType(convolution.x)), size;
  for (unsigned axis = 0; axis < 2; ++axis) {
    WindowAxis window{convolution.kernel[axis], convolution.stride[axis], convolution.dilation[axis],
                      convolution.sides[2 * axis], convolution.sides[2 * axis + 1]};
    if (int64_t padding = (*extra)[axis]; padding >= window.largestRest())
      return mlir::emitError(call.loc) << messages::OutputPadding(padding, window.stride, window.dilation);
    size.push_back(window.span(sizes[2 + axis]) + Size((*extra)[axis]));
  }
  auto attribute = program::ShapeAttr::get(call.loc.getContext(), size);
  return convolution.build(getOperationName(), /*transposed=*/true, {call.builder.getNamedAttr("size", attribute)});
}

Built MaskedConv2dOp::buildBuiltin(BuiltinCall &call) {
  ConvolutionCall convolution(call, "masked_conv2d");
  if (failed(convolution.read()))
    return failure();
  convolution.sides = samePadding(convolution.kernel, convolution.dilation);
  return convolution.build(getOperationName(), /*transposed=*/false,
                           {call.builder.getNamedAttr("mask", call.builder.getStringAttr(call.string("mask")))});
}
