// The same elements under another shape, in another order, in part.
#include "ir/ops/Shapes.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/IndexFormula.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Indexing.h"

using namespace mlir;
using namespace vae;
using program::getSizes;
using program::getTensorType;

using Built = FailureOr<SmallVector<Value>>;

//===-- reshape -----------------------------------------------------------===//

LogicalResult ReshapeOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  SmallVector<Size> from = getSizes(tensorType(adaptor.getX()));
  ArrayRef<Size> to = adaptor.getShape().getSizes();
  if (failed(checkPositive(loc, to)))
    return failure();
  // A gradient takes the way back.
  if (product(from) != product(to) && !equalsWhereWhole(to, from) && !equalsWhereWhole(from, to))
    return emitOptionalError(
        loc, messages::ReshapeCount(shapeText(from), shapeText(to), product(from).str(), product(to).str()));
  types.push_back(getTensorType(to, tensorType(adaptor.getX()).getElementType()));
  return success();
}

/// Replaces the one size that is -1 by what the others leave of the elements of `from`. It is a fraction only where sizes
/// of `from` are: numbers that split a batch are a mistake in them.
static LogicalResult solveShape(Location loc, ArrayRef<Size> from, SmallVectorImpl<Size> &shape) {
  const Size count = product(from);
  int64_t denominators = 1;
  for (const Size &size : from)
    denominators *= size.denominator();
  Size rest = count;
  Size *open = nullptr;
  for (Size &size : shape) {
    if (size == Size(-1) && open)
      return mlir::emitError(loc) << messages::ReshapeOpenSizes(shapeText(shape));
    if (size == Size(-1)) {
      open = &size;
      continue;
    }
    std::optional<Size> quotient = size == Size(0) ? std::nullopt : rest.divide(size);
    if (!quotient)
      return mlir::emitError(loc) << messages::ReshapeDivides(shapeText(shape), count.str(), size.str());
    rest = *quotient;
  }
  if (open && denominators % rest.denominator() != 0)
    return mlir::emitError(loc) << messages::ReshapeFraction(shapeText(shape), rest.str());
  if (open)
    *open = rest;
  return success();
}

/// `reshape(x, shape)`: one size may be -1.
Built ReshapeOp::buildBuiltin(BuiltinCall &call) {
  Value x = call.tensor("x");
  SmallVector<Size> shape = call.shape("shape");
  if (llvm::is_contained(shape, Size(-1)) && failed(solveShape(call.loc, sizesOf(x), shape)))
    return failure();
  auto attribute = program::ShapeAttr::get(call.loc.getContext(), shape);
  return call.build(getOperationName(), x, call.builder.getNamedAttr("shape", attribute));
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

void ReshapeOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  gradients.push_back(TensorBuilder(builder, getLoc()).reshape(resultGradients[0], sizesOf(getX())));
}

//===-- broadcast ---------------------------------------------------------===//

LogicalResult BroadcastOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  SmallVector<Size> from = getSizes(tensorType(adaptor.getX()));
  ArrayRef<Size> to = adaptor.getShape().getSizes();
  size_t axis = 0;
  std::optional<SmallVector<Size>> both = broadcastSizes(from, to, axis);
  if (failed(checkPositive(loc, to)))
    return failure();
  if (!both || *both != to)
    return emitOptionalError(loc, messages::BroadcastTo(shapeText(from), shapeText(to)));
  types.push_back(getTensorType(to, tensorType(adaptor.getX()).getElementType()));
  return success();
}

/// The operand's element: its broadcast is in how the kernel reads it.
void BroadcastOp::buildScalar(OpBuilder &, ScalarContext &, ValueRange scalars, SmallVectorImpl<Value> &results) {
  results.push_back(scalars[0]);
}

OpFoldResult BroadcastOp::fold(FoldAdaptor) {
  return getType() == getX().getType() ? OpFoldResult(getX()) : OpFoldResult();
}

void BroadcastOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  gradients.push_back(sumToShape(builder, getLoc(), resultGradients[0], tensorType(getX())));
}

//===-- transpose ---------------------------------------------------------===//

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  RankedTensorType type = tensorType(adaptor.getX());
  FailureOr<SmallVector<int64_t>> sorted = normalizeAxes(loc, adaptor.getAxes(), type);
  if (failed(sorted))
    return failure();
  if (static_cast<int64_t>(sorted->size()) != type.getRank())
    return emitOptionalError(loc, messages::TransposeAxes(shapeText(type), sorted->size(), type.getRank()));
  SmallVector<Size> from = getSizes(type), to;
  for (int64_t axis : adaptor.getAxes())
    to.push_back(from[axisOf(axis, type.getRank())]);
  types.push_back(getTensorType(to, type.getElementType()));
  return success();
}

bool TransposeOp::isIndexedOperand(unsigned) { return true; }

void TransposeOp::buildScalar(OpBuilder &, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  int64_t rank = getAxes().size();
  SmallVector<Value> indices(rank);
  for (auto [position, axis] : llvm::enumerate(getAxes()))
    indices[axisOf(axis, rank)] = context.index(position);
  results.push_back(context.extract(0, indices));
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

void TransposeOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  int64_t rank = getAxes().size();
  SmallVector<int64_t> inverse(rank);
  for (auto [position, axis] : llvm::enumerate(getAxes()))
    inverse[axisOf(axis, rank)] = position;
  gradients.push_back(TransposeOp::create(builder, getLoc(), resultGradients[0], inverse));
}

//===-- concat ------------------------------------------------------------===//

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  if (adaptor.getTensors().empty())
    return emitOptionalError(loc, messages::ConcatOfNone("concat"));
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
      return emitOptionalError(loc, messages::ConcatShapes(shapeText(first), shapeText(other), *axis));
    sizes[*axis] = sizes[*axis] + other[*axis];
  }
  types.push_back(getTensorType(sizes, first.getElementType()));
  return success();
}

bool ConcatOp::isIndexedOperand(unsigned) { return true; }

/// Reads every operand at its clamped position and selects, from the last to the first, the one in which the position
/// falls.
void ConcatOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  auto type = cast<RankedTensorType>(getType());
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), type)->front();
  IndexFormula i(builder, context);
  SmallVector<Value> indices = i.coordinates(type.getRank());
  Value position = indices[axis], result;
  Size begin = program::getSizes(type)[axis];
  for (unsigned operand = getTensors().size(); operand-- > 0;) {
    Size size = program::getSizes(cast<RankedTensorType>(getTensors()[operand].getType()))[axis];
    Value end = context.size(begin);
    begin = begin - size;
    Value offset = i.sub(position, context.size(begin));
    indices[axis] = i.clamp(offset, context.size(size));
    Value element = context.extract(operand, indices);
    Value inside = i.less(position, end);
    result = result ? i.select(inside, element, result) : element;
  }
  results.push_back(result);
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  return getTensors().size() == 1 ? OpFoldResult(getTensors().front()) : OpFoldResult();
}

void ConcatOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), tensorType(getResult()))->front();
  Size begin(0);
  for (Value tensor : getTensors()) {
    Size end = begin + sizesOf(tensor)[axis];
    gradients.push_back(t.slice(resultGradients[0], axis, begin, end));
    begin = end;
  }
}

//===-- stack -------------------------------------------------------------===//

LogicalResult StackOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  ValueRange tensors = adaptor.getTensors();
  if (tensors.empty())
    return emitOptionalError(loc, messages::ConcatOfNone("stack"));
  if (failed(checkElements(loc, tensors)))
    return failure();
  SmallVector<Size> sizes = sizesOf(tensors.front());
  for (Value tensor : tensors.drop_front())
    if (sizesOf(tensor) != sizes)
      return emitOptionalError(loc, messages::StackShapes(shapeText(sizes), shapeText(tensor.getType())));
  int64_t given = adaptor.getAxis(), rank = sizes.size() + 1, axis = axisOf(given, rank);
  if (axis < 0 || axis >= rank)
    return emitOptionalError(loc, messages::ResultAxisOutside(given, rank));
  sizes.insert(sizes.begin() + axis, Size(static_cast<int64_t>(tensors.size())));
  types.push_back(getTensorType(sizes, tensorType(tensors.front()).getElementType()));
  return success();
}

SmallVector<Value> StackOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  SmallVector<Size> sizes = getSizes(cast<RankedTensorType>(getType()));
  int64_t axis = axisOf(getAxis(), sizes.size());
  sizes[axis] = Size(1);
  SmallVector<Value> layers;
  for (Value tensor : getTensors())
    layers.push_back(t.reshape(tensor, sizes));
  return {t.make<ConcatOp>(layers, builder.getI64IntegerAttr(axis))};
}

//===-- slice -------------------------------------------------------------===//

/// That a stretch has elements, and begins and ends within the axis.
static SmallVector<SizeRequirement> requireInside(RankedTensorType type, int64_t axis, ArrayRef<Size> bounds) {
  Size begin = bounds[0], end = bounds[1], size = getSizes(type)[axis];
  Message message = messages::SliceOutside(begin.str(), end.str(), shapeText(type), axis, size.str());
  return {{begin, message}, {end - begin - Size(1), message}, {size - end, message}};
}

SmallVector<SizeRequirement> SliceOp::getSizeRequirements() {
  RankedTensorType type = tensorType(getX());
  return requireInside(type, axisOf(getAxis(), type.getRank()), getBounds().getSizes());
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  RankedTensorType type = tensorType(adaptor.getX());
  FailureOr<int64_t> axis = normalizeAxis(loc, adaptor.getAxis(), type);
  SmallVector<Size> sizes = getSizes(type);
  ArrayRef<Size> bounds = adaptor.getBounds().getSizes();
  if (failed(axis))
    return failure();
  if (bounds.size() != 2)
    return emitOptionalError(loc, messages::SliceBounds(shapeText(bounds)));
  if (failed(checkRequirements(loc, requireInside(type, *axis, bounds))))
    return failure();
  sizes[*axis] = bounds[1] - bounds[0];
  types.push_back(getTensorType(sizes, type.getElementType()));
  return success();
}

/// `slice(x, axis, begin, end)`: positions from the end are negative.
Built SliceOp::buildBuiltin(BuiltinCall &call) {
  Value x = call.tensor("x");
  auto type = cast<RankedTensorType>(x.getType());
  int64_t axis = call.integer("axis");
  FailureOr<SmallVector<int64_t>> axes = normalizeAxes(call.loc, ArrayRef(axis), type);
  if (failed(axes))
    return failure();
  Size size = program::getSizes(type)[axes->front()];
  auto position = [&](const Size &given) { return given.isNegative() ? size + given : given; };
  Size first = call.integer("begin"), last = call.find("end") ? Size(call.integer("end")) : size;
  Size begin = position(first), end = position(last);
  // In the words of the call; what lies between the two is seen by inference.
  if (begin.isNegative() || end.isNegative())
    return mlir::emitError(call.loc) << messages::SliceOutside(first.str(), last.str(), shapeText(type), axes->front(),
                                                               size.str());
  Builder &builder = call.builder;
  return call.build(getOperationName(), x,
                    {builder.getNamedAttr("axis", builder.getI64IntegerAttr(axes->front())),
                     builder.getNamedAttr("bounds", program::ShapeAttr::get(builder.getContext(), {begin, end}))});
}

bool SliceOp::isIndexedOperand(unsigned) { return true; }

void SliceOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  auto type = cast<RankedTensorType>(getX().getType());
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), type)->front();
  IndexFormula i(builder, context);
  SmallVector<Value> indices = i.coordinates(type.getRank());
  Value index = i.add(indices[axis], context.size(getBounds().getSizes()[0]));
  indices[axis] = i.clamp(index, context.size(getSizes(type)[axis]));
  results.push_back(context.extract(0, indices));
}

/// A stretch of a list of constants is a constant.
OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  if (getType() == getX().getType())
    return getX();
  auto values = dyn_cast_or_null<DenseElementsAttr>(adaptor.getX());
  std::optional<int64_t> begin = getBounds().getSizes()[0].getConstant();
  auto type = cast<RankedTensorType>(getType());
  if (!values || !begin || type.getRank() != 1 || !type.hasStaticShape())
    return {};
  auto all = llvm::to_vector(values.getValues<Attribute>());
  return DenseElementsAttr::get(type, ArrayRef(all).slice(*begin, type.getDimSize(0)));
}

/// The gradient written into zeros.
static Value putIntoZeros(TensorBuilder &t, Value g, ArrayRef<Size> sizes, int64_t axis, const Size &begin) {
  SmallVector<Size> begins(sizes.size(), Size(0));
  begins[axis] = begin;
  MLIRContext *context = g.getContext();
  return t.make<PutOp>(t.zeros(sizes, g), g, ValueRange(), DenseI64ArrayAttr::get(context, {}),
                       program::ShapeAttr::get(context, begins));
}

/// The gradient between zeros, of which there may be none at either end in a run whose sizes say so.
void SliceOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  Value g = resultGradients[0];
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), tensorType(getX()))->front();
  SmallVector<Size> sizes = sizesOf(getX());
  ArrayRef<Size> bounds = getBounds().getSizes();
  Size before = bounds[0], after = sizes[axis] - bounds[1];
  auto isCertain = [](const Size &size) { return size == Size(0) || (size - Size(1)).isNeverNegative(); };
  if (!isCertain(before) || !isCertain(after)) {
    gradients.push_back(putIntoZeros(t, g, sizes, axis, before));
    return;
  }
  SmallVector<Value> parts;
  auto addZeros = [&](const Size &size) {
    if (size == Size(0))
      return;
    SmallVector<Size> shape = sizes;
    shape[axis] = size;
    parts.push_back(t.zeros(shape, g));
  };
  addZeros(before);
  parts.push_back(g);
  addZeros(after);
  gradients.push_back(parts.size() == 1 ? g : t.make<ConcatOp>(parts, builder.getI64IntegerAttr(axis)));
}

//===-- unpack ------------------------------------------------------------===//

LogicalResult UnpackOp::verify() {
  RankedTensorType result = getResult().getType();
  bool fits = program::getPacking(getLayout()).rank == result.getRank() &&
              result.getElementType() == getX().getType().getElementType() &&
              program::getPackedShape(getLayout(), program::getSizes(result)) == program::getSizes(getX().getType());
  return fits ? success() : emitOpError() << messages::UnpackLayout(result, getX().getType(), getLayoutAttr());
}
