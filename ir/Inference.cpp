// Result types of families, and the messages about shapes that they share. What can't be inferred is reported with the
// shapes observed; verifiers don't repeat it.
#include "ir/Inference.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace vae;
using program::getSizes;
using program::getTensorType;

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

LogicalResult vae::checkPositive(OptionalLocation loc, ArrayRef<Size> sizes) {
  for (const Size &size : sizes)
    if (std::optional<int64_t> constant = size.getConstant(); constant && *constant <= 0)
      return emitOptionalError(loc, messages::ShapeNotPositive(shapeText(sizes), *constant));
  return success();
}

FailureOr<int64_t> vae::normalizeAxis(OptionalLocation loc, int64_t axis, RankedTensorType type) {
  int64_t rank = type.getRank();
  if (axis < -rank || axis >= rank)
    return emitOptionalError(loc, messages::AxisOutside(axis, shapeText(type), rank));
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
      return emitOptionalError(loc, messages::AxisNamedTwice(axis, shapeText(type)));
    result.push_back(*normal);
  }
  llvm::sort(result);
  return result;
}

std::optional<SmallVector<Size>> vae::broadcastSizes(ArrayRef<Size> a, ArrayRef<Size> b, size_t &badAxis) {
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

LogicalResult vae::checkElements(OptionalLocation loc, ValueRange operands) {
  for (Value operand : operands)
    if (tensorType(operand).getElementType() != tensorType(operands.front()).getElementType())
      return emitOptionalError(loc, messages::MixedElements(tensorType(operands.front()).getElementType(),
                                                            tensorType(operand).getElementType()));
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
      return emitOptionalError(loc,
                               messages::ShapesDoNotBroadcast(shapeText(sizes), shapeText(operandSizes), axis,
                                                              sizes[axis + sizes.size() - rank].str(),
                                                              operandSizes[axis + operandSizes.size() - rank].str()));
    }
    sizes = *both;
  }
  return sizes;
}

/// The operands' common shape, of the elements that the last ones have all.
static LogicalResult inferBroadcast(OptionalLocation loc, ValueRange operands, ValueRange alike,
                                    SmallVectorImpl<Type> &types) {
  if (failed(checkElements(loc, alike)))
    return failure();
  FailureOr<SmallVector<Size>> sizes = broadcastShapes(loc, operands);
  if (failed(sizes))
    return failure();
  types.push_back(getTensorType(*sizes, tensorType(alike.front()).getElementType()));
  return success();
}

LogicalResult vae::inferBroadcast(OptionalLocation loc, ValueRange operands, SmallVectorImpl<Type> &types) {
  return ::inferBroadcast(loc, operands, operands, types);
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
  return ::inferBroadcast(loc, operands, operands.drop_front(), types);
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

LogicalResult vae::checkSameType(OptionalLocation loc, Value a, Value b, StringRef aName, StringRef bName) {
  if (failed(checkElements(loc, {a, b})))
    return failure();
  if (a.getType() != b.getType())
    return emitOptionalError(loc, messages::ShapesDiffer(aName, shapeText(a.getType()), bName, shapeText(b.getType())));
  return success();
}

LogicalResult vae::inferFromShape(OptionalLocation loc, program::ShapeAttr shape, Type element,
                                  SmallVectorImpl<Type> &types) {
  ArrayRef<Size> sizes = shape.getSizes();
  if (failed(checkPositive(loc, sizes)))
    return failure();
  types.push_back(getTensorType(sizes, element));
  return success();
}
