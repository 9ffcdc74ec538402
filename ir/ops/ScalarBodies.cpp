// Scalar bodies of ops that move elements, or make them of nothing.
#include "ir/Shapes.h"
#include "ir/builders/ElementFormula.h"

using namespace mlir;
using namespace vae;

//===-- Elements that move -------------------------------------------------------------===//

/// The operand's element: its broadcast is in how the kernel reads it.
void BroadcastOp::buildScalar(OpBuilder &, ScalarContext &, ValueRange scalars, SmallVectorImpl<Value> &results) {
  results.push_back(scalars[0]);
}

static SmallVector<Value> resultIndices(ScalarContext &context, int64_t rank) {
  SmallVector<Value> indices;
  for (int64_t axis = 0; axis < rank; ++axis)
    indices.push_back(context.index(axis));
  return indices;
}

bool TransposeOp::isIndexedOperand(unsigned) { return true; }

void TransposeOp::buildScalar(OpBuilder &, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  int64_t rank = getAxes().size();
  SmallVector<Value> indices(rank);
  for (auto [position, axis] : llvm::enumerate(getAxes()))
    indices[axisOf(axis, rank)] = context.index(position);
  results.push_back(context.extract(0, indices));
}

/// `value` kept in [0, size - 1], so that even a lane whose result is thrown away reads inside the tensor.
static Value clampIndex(OpBuilder &builder, Location loc, Value value, Value size) {
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0), one = arith::ConstantIndexOp::create(builder, loc, 1);
  Value last = arith::SubIOp::create(builder, loc, size, one);
  return arith::MaxSIOp::create(builder, loc, arith::MinSIOp::create(builder, loc, value, last), zero);
}

bool SliceOp::isIndexedOperand(unsigned) { return true; }

void SliceOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  auto type = cast<RankedTensorType>(getX().getType());
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), type)->front();
  SmallVector<Value> indices = resultIndices(context, type.getRank());
  Value begin = context.size(getBounds().getSizes()[0]);
  Value index = arith::AddIOp::create(builder, context.loc, indices[axis], begin);
  indices[axis] = clampIndex(builder, context.loc, index, context.size(program::getSizes(type)[axis]));
  results.push_back(context.extract(0, indices));
}

bool ConcatOp::isIndexedOperand(unsigned) { return true; }

/// Reads every operand at its clamped position and selects, from the last to the first, the one in which the position
/// falls.
void ConcatOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  auto type = cast<RankedTensorType>(getType());
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), type)->front();
  SmallVector<Value> indices = resultIndices(context, type.getRank());
  Value position = indices[axis], result;
  Size begin = program::getSizes(type)[axis];
  for (unsigned operand = getTensors().size(); operand-- > 0;) {
    Size size = program::getSizes(cast<RankedTensorType>(getTensors()[operand].getType()))[axis];
    Value end = context.size(begin);
    begin = begin - size;
    Value offset = arith::SubIOp::create(builder, context.loc, position, context.size(begin));
    indices[axis] = clampIndex(builder, context.loc, offset, context.size(size));
    Value element = context.extract(operand, indices);
    Value inside = arith::CmpIOp::create(builder, context.loc, arith::CmpIPredicate::slt, position, end);
    result = result ? arith::SelectOp::create(builder, context.loc, inside, element, result).getResult() : element;
  }
  results.push_back(result);
}

//===-- Values without operands -----------------------------------------------------------===//

void FillOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  Type element = getElement();
  double value = getValue().convertToDouble();
  TypedAttr attribute = builder.getZeroAttr(element);
  if (isa<FloatType>(element))
    attribute = builder.getFloatAttr(element, value);
  else
    attribute = builder.getIntegerAttr(element, static_cast<int64_t>(value));
  results.push_back(arith::ConstantOp::create(builder, context.loc, attribute));
}

void TriangleOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  ElementFormula f(builder, context.loc, getElement());
  int64_t rank = cast<RankedTensorType>(getType()).getRank();
  Value below = arith::CmpIOp::create(builder, context.loc, arith::CmpIPredicate::slt, context.index(rank - 1),
                                      context.index(rank - 2));
  results.push_back(f.select(below, f.constant(0), f.constant(1)));
}

void SizeOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  Value size = context.size(*Size::parse(getSize()));
  bool isInteger = isa<IntegerType>(getElement());
  Value integer =
      arith::IndexCastOp::create(builder, context.loc, isInteger ? getElement() : builder.getI32Type(), size);
  results.push_back(isInteger ? integer
                              : arith::SIToFPOp::create(builder, context.loc, getElement(), integer).getResult());
}

void ConstantOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  auto value = cast<DenseElementsAttr>(getValue());
  if (value.isSplat())
    results.push_back(arith::ConstantOp::create(builder, context.loc, value.getSplatValue<TypedAttr>()));
  else
    results.push_back(context.extract(value, resultIndices(context, cast<RankedTensorType>(getType()).getRank())));
}
