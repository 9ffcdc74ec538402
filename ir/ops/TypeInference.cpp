// Result types. What can't be inferred is reported here, with the shapes observed; verifiers don't repeat it.
#include "ir/Ops.h"
#include "ir/Shapes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace vae;
using program::getSizes;
using program::getTensorType;

/// More numbers than any model lists; they are part of the program.
static constexpr int64_t maxLinspace = 65'536;

//===-- Shapes -----------------------------------------------------------------===//

RankedTensorType vae::getRngType(MLIRContext *context) {
  return RankedTensorType::get({4}, IntegerType::get(context, 32));
}

std::string vae::shapeText(ArrayRef<Size> sizes) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "[";
  llvm::interleaveComma(sizes, stream, [&](const Size &size) { stream << size.str(); });
  stream << "]";
  return text;
}

std::string vae::shapeText(Type tensor) { return shapeText(getSizes(cast<RankedTensorType>(tensor))); }

/// Reports sizes that are constant and not positive.
static LogicalResult checkPositive(OptionalLocation loc, ArrayRef<Size> sizes) {
  for (const Size &size : sizes)
    if (std::optional<int64_t> constant = size.getConstant(); constant && *constant <= 0)
      return emitOptionalError(loc, "shape ", shapeText(sizes), " has the size ", *constant, "; sizes are positive");
  return success();
}

/// An axis counted from 0.
static FailureOr<int64_t> normalizeAxis(OptionalLocation loc, int64_t axis, RankedTensorType type) {
  int64_t rank = type.getRank();
  if (axis < -rank || axis >= rank)
    return emitOptionalError(loc, "axis ", axis, " is outside ", shapeText(type), " of rank ", rank);
  return axisOf(axis, rank);
}

FailureOr<SmallVector<int64_t>> vae::normalizeAxes(OptionalLocation loc, std::optional<ArrayRef<int64_t>> axes,
                                                   RankedTensorType type) {
  if (!axes)
    return llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  SmallVector<int64_t> result;
  for (int64_t axis : *axes) {
    FailureOr<int64_t> normal = normalizeAxis(loc, axis, type);
    if (failed(normal))
      return failure();
    if (llvm::is_contained(result, *normal))
      return emitOptionalError(loc, "axis ", axis, " of ", shapeText(type), " is named twice");
    result.push_back(*normal);
  }
  llvm::sort(result);
  return result;
}

//===-- Families -----------------------------------------------------------------===//

/// Sizes of two shapes broadcast together, or none and the axis of the result where they differ.
static std::optional<SmallVector<Size>> broadcastSizes(ArrayRef<Size> a, ArrayRef<Size> b, size_t &badAxis) {
  size_t rank = std::max(a.size(), b.size());
  SmallVector<Size> result(rank);
  for (size_t axis = 0; axis < rank; ++axis) {
    Size left = axis + a.size() < rank ? Size(1) : a[axis + a.size() - rank];
    Size right = axis + b.size() < rank ? Size(1) : b[axis + b.size() - rank];
    badAxis = axis;
    if (left != right && left != Size(1) && right != Size(1))
      return std::nullopt;
    result[axis] = left == Size(1) ? right : left;
  }
  return result;
}

static LogicalResult checkElements(OptionalLocation loc, ValueRange operands) {
  for (Value operand : operands)
    if (tensorType(operand).getElementType() != tensorType(operands.front()).getElementType())
      return emitOptionalError(loc, "element types ", tensorType(operands.front()).getElementType(), " and ",
                               tensorType(operand).getElementType(), " do not mix");
  return success();
}

/// The sizes of all operands broadcast together.
static FailureOr<SmallVector<Size>> broadcastShapes(OptionalLocation loc, ValueRange operands) {
  SmallVector<Size> sizes;
  for (Value operand : operands) {
    SmallVector<Size> operandSizes = getSizes(tensorType(operand));
    size_t axis = 0;
    std::optional<SmallVector<Size>> both = broadcastSizes(sizes, operandSizes, axis);
    if (!both) {
      size_t rank = std::max(sizes.size(), operandSizes.size());
      return emitOptionalError(loc, "shapes ", shapeText(sizes), " and ", shapeText(operandSizes),
                               " do not broadcast; axis ", axis, " is ", sizes[axis + sizes.size() - rank].str(),
                               " and ", operandSizes[axis + operandSizes.size() - rank].str());
    }
    sizes = *both;
  }
  return sizes;
}

LogicalResult vae::inferBroadcast(OptionalLocation loc, ValueRange operands, SmallVectorImpl<Type> &types) {
  if (failed(checkElements(loc, operands)))
    return failure();
  FailureOr<SmallVector<Size>> sizes = broadcastShapes(loc, operands);
  if (failed(sizes))
    return failure();
  types.push_back(getTensorType(*sizes, tensorType(operands.front()).getElementType()));
  return success();
}

LogicalResult vae::inferMask(OptionalLocation loc, ValueRange operands, SmallVectorImpl<Type> &types) {
  SmallVector<Type> operandTypes;
  if (failed(inferBroadcast(loc, operands, operandTypes)))
    return failure();
  auto type = cast<RankedTensorType>(operandTypes.front());
  bool isFloat = isa<FloatType>(type.getElementType());
  types.push_back(isFloat ? type : getTensorType(getSizes(type), Float32Type::get(type.getContext())));
  return success();
}

LogicalResult vae::inferWhere(OptionalLocation loc, ValueRange operands, SmallVectorImpl<Type> &types) {
  if (failed(checkElements(loc, operands.drop_front())))
    return failure();
  FailureOr<SmallVector<Size>> sizes = broadcastShapes(loc, operands);
  if (failed(sizes))
    return failure();
  types.push_back(getTensorType(*sizes, tensorType(operands.back()).getElementType()));
  return success();
}

LogicalResult vae::inferReduction(OptionalLocation loc, ValueRange operands, std::optional<ArrayRef<int64_t>> axes,
                                  bool keep, SmallVectorImpl<Type> &types) {
  RankedTensorType type = tensorType(operands.front());
  FailureOr<SmallVector<int64_t>> folded = normalizeAxes(loc, axes, type);
  if (failed(folded))
    return failure();
  SmallVector<Size> sizes;
  for (auto [axis, size] : llvm::enumerate(getSizes(type)))
    if (!llvm::is_contained(*folded, static_cast<int64_t>(axis)))
      sizes.push_back(size);
    else if (keep)
      sizes.emplace_back(1);
  types.push_back(getTensorType(sizes, type.getElementType()));
  return success();
}

LogicalResult vae::inferPositions(OptionalLocation loc, Value x, int64_t axis, SmallVectorImpl<Type> &types) {
  FailureOr<SmallVector<int64_t>> axes = normalizeAxes(loc, ArrayRef(axis), tensorType(x));
  if (failed(axes))
    return failure();
  SmallVector<Size> sizes = sizesOf(x);
  sizes.erase(sizes.begin() + axes->front());
  types.push_back(getTensorType(sizes, IntegerType::get(x.getContext(), 32)));
  return success();
}

/// Two operands of one type, known by name.
static LogicalResult checkSameType(OptionalLocation loc, Value a, Value b, StringRef aName, StringRef bName) {
  if (failed(checkElements(loc, {a, b})))
    return failure();
  if (a.getType() != b.getType())
    return emitOptionalError(loc, "`", aName, "` is ", shapeText(a.getType()), " and `", bName, "` is ",
                             shapeText(b.getType()), "; their shapes are equal where it works");
  return success();
}

LogicalResult vae::inferLoss(OptionalLocation loc, ValueRange operands, StringRef reduction,
                             std::array<StringRef, 2> names, SmallVectorImpl<Type> &types) {
  if (failed(checkSameType(loc, operands[0], operands[1], names[0], names[1])))
    return failure();
  RankedTensorType type = tensorType(operands[0]);
  return inferReducedTerms(loc, getSizes(type), type.getElementType(), reduction, types);
}

LogicalResult vae::inferReducedTerms(OptionalLocation loc, ArrayRef<Size> terms, Type element, StringRef reduction,
                                     SmallVectorImpl<Type> &types) {
  if (!llvm::is_contained({"mean", "sum", "total", "none"}, reduction))
    return emitOptionalError(loc, "unknown reduction \"", reduction,
                             "\"; there are \"mean\", \"sum\", \"total\" and \"none\"");
  types.push_back(reduction == "none" ? getTensorType(terms, element) : RankedTensorType::get({}, element));
  return success();
}

static LogicalResult inferDensity(OptionalLocation loc, Value x, Value mu, Value logScale, StringRef reduction,
                                  SmallVectorImpl<Type> &types) {
  if (failed(checkSameType(loc, x, mu, "x", "mu")) || failed(checkSameType(loc, x, logScale, "x", "log_scale")))
    return failure();
  return inferReducedTerms(loc, getSizes(tensorType(x)), tensorType(x).getElementType(), reduction, types);
}

LogicalResult LogisticNllOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  return inferDensity(loc, adaptor.getX(), adaptor.getMu(), adaptor.getLogScale(), adaptor.getReduction(), types);
}

LogicalResult DiscretizedLogisticNllOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                         SmallVectorImpl<Type> &types) {
  return inferDensity(loc, adaptor.getX(), adaptor.getMu(), adaptor.getLogScale(), adaptor.getReduction(), types);
}

LogicalResult LaplaceLogitNllOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                  SmallVectorImpl<Type> &types) {
  return inferDensity(loc, adaptor.getX(), adaptor.getMu(), adaptor.getLogScale(), adaptor.getReduction(), types);
}

//===-- Layers ---------------------------------------------------------------------===//

LogicalResult LinearOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  SmallVector<Size> x = getSizes(tensorType(adaptor.getX())), weight = getSizes(tensorType(adaptor.getWeight()));
  if (x.empty() || weight.size() != 2 || x.back() != weight[1])
    return emitOptionalError(loc, "linear of ", shapeText(x), " with a weight of ", shapeText(weight),
                             "; the weight is [out, in]");
  if (Value bias = adaptor.getBias(); bias && getSizes(tensorType(bias)) != SmallVector<Size>{weight[0]})
    return emitOptionalError(loc, "linear with a weight of ", shapeText(weight), " and a bias of ",
                             shapeText(bias.getType()));
  x.back() = weight[0];
  types.push_back(getTensorType(x, tensorType(adaptor.getX()).getElementType()));
  return success();
}

LogicalResult MatmulOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  if (failed(checkElements(loc, adaptor.getOperands())))
    return failure();
  SmallVector<Size> a = getSizes(tensorType(adaptor.getA())), b = getSizes(tensorType(adaptor.getB()));
  size_t rank = b.size(), aRank = a.size(), missing = rank - aRank;
  if (aRank < 2 || rank < aRank)
    return emitOptionalError(loc, "matmul of ", shapeText(a), " and ", shapeText(b),
                             "; both have a rank of at least 2, and the left one's is not the greater");
  for (size_t axis = 0; axis + 2 < aRank; ++axis)
    if (a[axis] != b[missing + axis])
      return emitOptionalError(loc, "matmul of ", shapeText(a), " and ", shapeText(b), "; axis ", axis, " is ",
                               a[axis].str(), " and ", b[missing + axis].str());
  const Size &aInner = a[aRank - (adaptor.getTransposeA() ? 2 : 1)],
             &bInner = b[rank - (adaptor.getTransposeB() ? 1 : 2)];
  if (aInner != bInner)
    return emitOptionalError(loc, "matmul of ", shapeText(a), " and ", shapeText(b), " sums over ", aInner.str(),
                             " and ", bInner.str());
  SmallVector<Size> result(b.begin(), b.end() - 2);
  result.push_back(a[aRank - (adaptor.getTransposeA() ? 1 : 2)]);
  result.push_back(b[rank - (adaptor.getTransposeB() ? 2 : 1)]);
  types.push_back(getTensorType(result, tensorType(adaptor.getA()).getElementType()));
  return success();
}

//===-- Shapes ---------------------------------------------------------------------===//

LogicalResult ReshapeOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  SmallVector<Size> from = getSizes(tensorType(adaptor.getX())), to = adaptor.getShape().getSizes();
  if (failed(checkPositive(loc, to)))
    return failure();
  if (product(from) != product(to))
    return emitOptionalError(loc, "reshape of ", shapeText(from), " to ", shapeText(to),
                             " changes the number of elements from ", product(from).str(), " to ", product(to).str());
  types.push_back(getTensorType(to, tensorType(adaptor.getX()).getElementType()));
  return success();
}

LogicalResult BroadcastOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  SmallVector<Size> from = getSizes(tensorType(adaptor.getX())), to = adaptor.getShape().getSizes();
  size_t axis = 0;
  std::optional<SmallVector<Size>> both = broadcastSizes(from, to, axis);
  if (failed(checkPositive(loc, to)))
    return failure();
  if (!both || *both != to)
    return emitOptionalError(loc, "shape ", shapeText(from), " does not broadcast to ", shapeText(to));
  types.push_back(getTensorType(to, tensorType(adaptor.getX()).getElementType()));
  return success();
}

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  RankedTensorType type = tensorType(adaptor.getX());
  FailureOr<SmallVector<int64_t>> sorted = normalizeAxes(loc, adaptor.getAxes(), type);
  if (failed(sorted))
    return failure();
  if (static_cast<int64_t>(sorted->size()) != type.getRank())
    return emitOptionalError(loc, "transpose of ", shapeText(type), " names ", sorted->size(), " of ", type.getRank(),
                             " axes");
  SmallVector<Size> from = getSizes(type), to;
  for (int64_t axis : adaptor.getAxes())
    to.push_back(from[axisOf(axis, type.getRank())]);
  types.push_back(getTensorType(to, type.getElementType()));
  return success();
}

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  if (adaptor.getTensors().empty())
    return emitOptionalError(loc, "concat of no tensors");
  if (failed(checkElements(loc, adaptor.getTensors())))
    return failure();
  RankedTensorType first = tensorType(adaptor.getTensors().front());
  FailureOr<int64_t> axis = normalizeAxis(loc, adaptor.getAxis(), first);
  if (failed(axis))
    return failure();
  SmallVector<Size> sizes = getSizes(first);
  for (Value tensor : adaptor.getTensors().drop_front()) {
    SmallVector<Size> other = getSizes(tensorType(tensor));
    bool fits = other.size() == sizes.size();
    for (size_t i = 0; fits && i < sizes.size(); ++i)
      fits = static_cast<int64_t>(i) == *axis || sizes[i] == other[i];
    if (!fits)
      return emitOptionalError(loc, "concat of ", shapeText(first), " and ", shapeText(other), " along axis ", *axis);
    sizes[*axis] = sizes[*axis] + other[*axis];
  }
  types.push_back(getTensorType(sizes, first.getElementType()));
  return success();
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  RankedTensorType type = tensorType(adaptor.getX());
  FailureOr<int64_t> axis = normalizeAxis(loc, adaptor.getAxis(), type);
  SmallVector<Size> bounds = adaptor.getBounds().getSizes(), sizes = getSizes(type);
  if (failed(axis))
    return failure();
  if (bounds.size() != 2)
    return emitOptionalError(loc, "slice bounds ", shapeText(bounds), " are not a begin and an end");
  auto negative = [](const Size &size, int64_t least) { return size.getConstant().value_or(least) < least; };
  if (negative(bounds[0], 0) || negative(bounds[1] - bounds[0], 1) || negative(sizes[*axis] - bounds[1], 0))
    return emitOptionalError(loc, "slice from ", bounds[0].str(), " to ", bounds[1].str(), " of ", shapeText(type),
                             " along axis ", *axis, ", whose size is ", sizes[*axis].str());
  sizes[*axis] = bounds[1] - bounds[0];
  types.push_back(getTensorType(sizes, type.getElementType()));
  return success();
}

LogicalResult vae::inferFromShape(OptionalLocation loc, program::ShapeAttr shape, Type element,
                                  SmallVectorImpl<Type> &types) {
  SmallVector<Size> sizes = shape.getSizes();
  if (failed(checkPositive(loc, sizes)))
    return failure();
  types.push_back(getTensorType(sizes, element));
  return success();
}

LogicalResult FillOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  return inferFromShape(loc, adaptor.getShape(), adaptor.getElement(), types);
}

LogicalResult TriangleOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  if (adaptor.getShape().getSizes().size() < 2)
    return emitOptionalError(loc, "triangle of ", shapeText(adaptor.getShape().getSizes()), ", which has no two axes");
  return inferFromShape(loc, adaptor.getShape(), adaptor.getElement(), types);
}

LogicalResult CumsumOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getX().getType());
  return normalizeAxis(loc, adaptor.getAxis(), tensorType(adaptor.getX()));
}

LogicalResult CumprodOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  RankedTensorType type = tensorType(adaptor.getX());
  FailureOr<int64_t> axis = normalizeAxis(loc, adaptor.getAxis(), type);
  if (failed(axis))
    return failure();
  if (Size length = getSizes(type)[*axis]; !length.getConstant())
    return emitOptionalError(loc, "cumprod along an axis of ", length.str(), ", whose size is a number where it works");
  types.push_back(type);
  return success();
}

LogicalResult LinspaceOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  int64_t count = adaptor.getCount();
  if (count < 1 || count > maxLinspace)
    return emitOptionalError(loc, "linspace of ", count, " numbers; there are 1 to ", maxLinspace);
  types.push_back(RankedTensorType::get({count}, Float32Type::get(context)));
  return success();
}

LogicalResult CastOp::inferReturnTypes(MLIRContext *, OptionalLocation, Adaptor adaptor, SmallVectorImpl<Type> &types) {
  types.push_back(getTensorType(getSizes(tensorType(adaptor.getX())), adaptor.getElement()));
  return success();
}

LogicalResult ZerosOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  return inferFromShape(loc, adaptor.getShape(), adaptor.getElement(), types);
}

//===-- Latent -----------------------------------------------------------------------===//

LogicalResult NormalOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  return inferFromShape(loc, adaptor.getShape(), Float32Type::get(context), types);
}

LogicalResult UniformOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return inferFromShape(loc, adaptor.getShape(), Float32Type::get(context), types);
}

LogicalResult ReparameterizeOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getMu().getType());
  return checkSameType(loc, adaptor.getMu(), adaptor.getLogvar(), "mu", "logvar");
}

//===-- Model --------------------------------------------------------------------------===//

LogicalResult SizeOp::inferReturnTypes(MLIRContext *, OptionalLocation, Adaptor adaptor, SmallVectorImpl<Type> &types) {
  types.push_back(RankedTensorType::get({}, adaptor.getElement()));
  return success();
}

LogicalResult ConstantOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  auto value = dyn_cast<DenseElementsAttr>(adaptor.getValue());
  if (!value || !isa<RankedTensorType>(value.getType()))
    return emitOptionalError(loc, "constant is not a dense tensor but ", adaptor.getValue());
  types.push_back(value.getType());
  return success();
}
