// Places known at run time: result types, scalar bodies, gradients.
#include "ir/ops/Indexing.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/IndexFormula.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Shapes.h"

using namespace mlir;
using namespace vae;

//===-- Reading ------------------------------------------------------------------------===//

FailureOr<SmallVector<Value>> GatherOp::buildBuiltin(BuiltinCall &call) {
  Value x = call.tensor("x");
  FailureOr<SmallVector<int64_t>> axes = normalizeAxes(call.loc, ArrayRef(call.integer("axis")), tensorType(x));
  if (failed(axes))
    return failure();
  return call.build(getOperationName(), {x, call.tensor("index")},
                    call.builder.getNamedAttr("axis", call.builder.getI64IntegerAttr(axes->front())));
}

LogicalResult GatherOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  RankedTensorType type = tensorType(adaptor.getX());
  int64_t axis = adaptor.getAxis();
  if (axis < 0 || axis >= type.getRank())
    return emitOptionalError(loc, messages::GatherAxis(axis, shapeText(type)));
  SmallVector<Size> sizes = program::getSizes(type), index = sizesOf(adaptor.getIndex());
  sizes.erase(sizes.begin() + axis);
  // An empty range would move the rest onto itself.
  if (!index.empty())
    sizes.insert(sizes.begin() + axis, index.begin(), index.end());
  types.push_back(program::getTensorType(sizes, type.getElementType()));
  return success();
}

bool GatherOp::isIndexedOperand(unsigned) { return true; }

void GatherOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  Location loc = context.loc;
  RankedTensorType type = tensorType(getX());
  int64_t axis = getAxis(), indexRank = tensorType(getIndex()).getRank();
  SmallVector<Value> at, chosen;
  for (int64_t i = 0; i < axis; ++i)
    at.push_back(context.index(i));
  for (int64_t i = 0; i < indexRank; ++i)
    chosen.push_back(context.index(axis + i));
  Value index = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), context.extract(1, chosen));
  auto [near, inside] = keepInside(builder, loc, index, context.size(program::getSizes(type)[axis]));
  at.push_back(near);
  for (int64_t i = axis + 1; i < type.getRank(); ++i)
    at.push_back(context.index(i - 1 + indexRank));
  Value nothing = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
  results.push_back(arith::SelectOp::create(builder, loc, inside, context.extract(0, at), nothing));
}

/// The gradient with respect to what many places were taken from: they add up where one was taken several times.
static Value sumPlaces(TensorBuilder &t, GatherOp op, Value g) {
  SmallVector<Size> x = sizesOf(op.getX()), index = sizesOf(op.getIndex());
  int64_t axis = op.getAxis(), indexRank = index.size(), rank = tensorType(g).getRank();
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(axis, axis + indexRank));
  SmallVector<Size> moved{x[axis]};
  SmallVector<int64_t> back;
  for (int64_t i = 0; i < rank; ++i) {
    if (i >= axis && i < axis + indexRank)
      continue;
    order.push_back(i);
    moved.push_back(sizesOf(g)[i]);
  }
  for (int64_t i = 0, kept = 1; i < static_cast<int64_t>(x.size()); ++i)
    back.push_back(i == axis ? 0 : kept++);
  Value rows = t.reshape(t.make<TransposeOp>(g, order), {product(index), product(ArrayRef(moved).drop_front())});
  Value sums = t.sumByIndex(rows, op.getIndex(), x[axis]);
  return t.make<TransposeOp>(t.reshape(sums, moved), back);
}

void GatherOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  Value g = resultGradients[0];
  SmallVector<Size> sizes = sizesOf(getX());
  if (tensorType(getIndex()).getRank() != 0) {
    gradients.append({sumPlaces(t, *this, g), Value()});
    return;
  }
  SmallVector<Size> begin(sizes.size() - 1, Size(0));
  gradients.push_back(t.make<PutOp>(t.broadcast(t.scalar(0, g), sizes), g, getIndex(),
                                    builder.getDenseI64ArrayAttr(getAxis()),
                                    program::ShapeAttr::get(getContext(), begin)));
  gradients.push_back({});
}

//===-- Writing ------------------------------------------------------------------------===//

/// Reports indices and axes of `put` that do not belong together.
static LogicalResult checkPutAxes(OptionalLocation loc, ArrayRef<int64_t> axes, size_t indices, size_t begins,
                                  int64_t rank) {
  bool rising = llvm::is_sorted(axes) && std::adjacent_find(axes.begin(), axes.end()) == axes.end();
  bool inside = axes.empty() || (axes.front() >= 0 && axes.back() < rank);
  if (!rising || !inside || axes.size() != indices)
    return emitOptionalError(loc, messages::PutAxes(indices, axes.size(), rank));
  if (begins + indices != static_cast<size_t>(rank))
    return emitOptionalError(loc, messages::PutBegins(begins, rank - static_cast<int64_t>(indices)));
  return success();
}

/// That the stretches written begin and end within their axes, which are all but `axes`.
static SmallVector<SizeRequirement> requireStretches(ArrayRef<Size> sizes, ArrayRef<int64_t> axes,
                                                     ArrayRef<Size> begins, ArrayRef<Size> lengths) {
  SmallVector<SizeRequirement> required;
  size_t next = 0;
  for (auto [axis, size] : llvm::enumerate(sizes)) {
    if (llvm::is_contained(axes, static_cast<int64_t>(axis)))
      continue;
    Size begin = begins[next], end = begin + lengths[next++];
    Message message = messages::PutOutside(begin.str(), end.str(), shapeText(sizes), axis, size.str());
    required.append({{begin, message}, {size - end, message}});
  }
  return required;
}

SmallVector<SizeRequirement> PutOp::getSizeRequirements() {
  return requireStretches(sizesOf(getX()), getAxes(), getBegin().getSizes(), sizesOf(getValue()));
}

LogicalResult PutOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  RankedTensorType type = tensorType(adaptor.getX()), valueType = tensorType(adaptor.getValue());
  SmallVector<Size> sizes = program::getSizes(type), value = program::getSizes(valueType);
  ArrayRef<Size> begin = adaptor.getBegin().getSizes();
  if (failed(checkPutAxes(loc, adaptor.getAxes(), adaptor.getIndices().size(), begin.size(), type.getRank())))
    return failure();
  if (type.getElementType() != valueType.getElementType())
    return emitOptionalError(loc, messages::MixedElements(type.getElementType(), valueType.getElementType()));
  if (value.size() != begin.size())
    return emitOptionalError(loc, messages::PutValue(shapeText(value), begin.size()));
  if (failed(checkRequirements(loc, requireStretches(sizes, adaptor.getAxes(), begin, value))))
    return failure();
  types.push_back(type);
  return success();
}

/// Of the operands only x is read at the element's own place.
bool PutOp::isIndexedOperand(unsigned operand) { return operand != 0; }

void PutOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x, SmallVectorImpl<Value> &results) {
  Location loc = context.loc;
  SmallVector<Size> sizes = sizesOf(getX()), lengths = sizesOf(getValue());
  ArrayRef<Size> begins = getBegin().getSizes();
  Value inside;
  auto require = [&](Value condition) {
    inside = inside ? arith::AndIOp::create(builder, loc, inside, condition).getResult() : condition;
  };
  SmallVector<Value> at;
  unsigned nextIndex = 0;
  for (auto [axis, size] : llvm::enumerate(sizes)) {
    Value here = context.index(axis);
    if (llvm::is_contained(getAxes(), static_cast<int64_t>(axis))) {
      Value index = context.extract(2 + nextIndex++, {});
      Value position = arith::IndexCastOp::create(builder, loc, builder.getI32Type(), here);
      require(arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, position, index));
      continue;
    }
    size_t kept = at.size();
    if (lengths[kept] == size) {
      at.push_back(here);
      continue;
    }
    Value offset = arith::SubIOp::create(builder, loc, here, context.size(begins[kept]));
    auto [near, isInside] = keepInside(builder, loc, offset, context.size(lengths[kept]));
    require(isInside);
    at.push_back(near);
  }
  Value value = context.extract(1, at);
  results.push_back(inside ? arith::SelectOp::create(builder, loc, inside, value, x[0]).getResult() : value);
}

/// dx is dy with zeros put in; dvalue is what lies there.
void PutOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  Value g = resultGradients[0], part = g;
  SmallVector<Size> lengths = sizesOf(getValue());
  ArrayRef<Size> begins = getBegin().getSizes();
  Value zeros = t.broadcast(t.scalar(0, g), lengths);
  gradients.push_back(t.make<PutOp>(g, zeros, getIndices(), getAxesAttr(), getBeginAttr()));
  for (auto [axis, index] : llvm::reverse(llvm::zip_equal(getAxes(), getIndices())))
    part = t.make<GatherOp>(part, index, builder.getI64IntegerAttr(axis));
  for (auto [axis, length] : llvm::enumerate(lengths))
    if (sizesOf(part)[axis] != length)
      part = t.slice(part, axis, begins[axis], begins[axis] + length);
  gradients.push_back(part);
  gradients.append(getIndices().size(), {});
}
