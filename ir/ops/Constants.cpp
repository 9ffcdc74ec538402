// Tensors made of no others: numbers known at compile time, sizes, one value at every element.
#include "ir/ops/Constants.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/ElementFormula.h"
#include "ir/builders/IndexFormula.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Shapes.h"

using namespace mlir;
using namespace vae;
using program::getSizes;
using program::getTensorType;

using Built = FailureOr<SmallVector<Value>>;

//===-- constant ----------------------------------------------------------===//

LogicalResult ConstantOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  auto value = dyn_cast<DenseElementsAttr>(adaptor.getValue());
  if (!value || !isa<RankedTensorType>(value.getType()))
    return emitOptionalError(loc, messages::ConstantNotDense(adaptor.getValue()));
  types.push_back(value.getType());
  return success();
}

void ConstantOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  auto value = cast<DenseElementsAttr>(getValue());
  if (value.isSplat())
    results.push_back(arith::ConstantOp::create(builder, context.loc, value.getSplatValue<TypedAttr>()));
  else
    results.push_back(
        context.extract(value, IndexFormula(builder, context).coordinates(tensorType(getResult()).getRank())));
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

//===-- size --------------------------------------------------------------===//

LogicalResult SizeOp::inferReturnTypes(MLIRContext *, OptionalLocation, Adaptor adaptor, SmallVectorImpl<Type> &types) {
  types.push_back(RankedTensorType::get({}, adaptor.getElement()));
  return success();
}

LogicalResult SizeOp::verify() {
  std::optional<Size> size = Size::parse(getSize());
  if (!size || size->str() != getSize())
    return emitOpError() << messages::SizeNotCanonical(getSize());
  return success();
}

void SizeOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  Value size = context.size(*Size::parse(getSize()));
  bool isInteger = isa<IntegerType>(getElement());
  Value integer =
      arith::IndexCastOp::create(builder, context.loc, isInteger ? getElement() : builder.getI32Type(), size);
  results.push_back(isInteger ? integer
                              : arith::SIToFPOp::create(builder, context.loc, getElement(), integer).getResult());
}

OpFoldResult SizeOp::fold(FoldAdaptor) {
  std::optional<Size> size = Size::parse(getSize());
  std::optional<int64_t> constant = size ? size->getConstant() : std::nullopt;
  if (!constant)
    return {};
  if (isa<IntegerType>(getElement()))
    return DenseElementsAttr::get(cast<RankedTensorType>(getType()),
                                  Builder(getContext()).getIntegerAttr(getElement(), *constant));
  auto element = cast<FloatType>(getElement());
  APFloat value(element.getFloatSemantics());
  value.convertFromAPInt(APInt(64, *constant, /*isSigned=*/true), /*IsSigned=*/true, APFloat::rmNearestTiesToEven);
  return DenseElementsAttr::get(cast<RankedTensorType>(getType()), value);
}

//===-- fill, zeros -------------------------------------------------------===//

LogicalResult FillOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  return inferFromShape(loc, adaptor.getShape(), adaptor.getElement(), types);
}

/// `fill(shape, value)`: a number that is known now is part of the op, another is broadcast.
Built FillOp::buildBuiltin(BuiltinCall &call) {
  Value value = call.tensor("value");
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() != 0)
    return mlir::emitError(call.loc) << messages::FillNotANumber(shapeText(type));
  NamedAttribute shape = call.builder.getNamedAttr("shape", call.find("shape")->attribute);
  const BuiltinArgument *given = call.find("element");
  TypeAttr element = given ? cast<TypeAttr>(given->attribute) : TypeAttr::get(type.getElementType());
  auto constant = value.getDefiningOp<ConstantOp>();
  auto values = constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
  if (!values) {
    if (element.getValue() != type.getElementType())
      value = CastOp::create(call.builder, call.loc, value, element);
    return call.build(BroadcastOp::getOperationName(), value, shape);
  }
  bool isFloat = isa<FloatType>(type.getElementType());
  double number = isFloat ? (*values.value_begin<APFloat>()).convertToDouble()
                          : static_cast<double>((*values.value_begin<APInt>()).getSExtValue());
  if (constant->use_empty())
    constant.erase();
  return call.build(getOperationName(), {},
                    {shape, call.builder.getNamedAttr("value", call.builder.getF64FloatAttr(number)),
                     call.builder.getNamedAttr("element", element)});
}

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

LogicalResult ZerosOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  return inferFromShape(loc, adaptor.getShape(), adaptor.getElement(), types);
}

SmallVector<Value> ZerosOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  return {t.make<FillOp>(getShapeAttr(), builder.getF64FloatAttr(0), getElementAttr())};
}

//===-- triangle ----------------------------------------------------------===//

LogicalResult TriangleOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  if (adaptor.getShape().getSizes().size() < 2)
    return emitOptionalError(loc, messages::TriangleRank(shapeText(adaptor.getShape().getSizes())));
  if (!isa<FloatType>(adaptor.getElement()))
    return emitOptionalError(loc, messages::NotOfFloats("triangle", adaptor.getElement()));
  return inferFromShape(loc, adaptor.getShape(), adaptor.getElement(), types);
}

void TriangleOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  ElementFormula f(builder, context.loc, getElement());
  int64_t rank = cast<RankedTensorType>(getType()).getRank();
  Value below = arith::CmpIOp::create(builder, context.loc, arith::CmpIPredicate::slt, context.index(rank - 1),
                                      context.index(rank - 2));
  results.push_back(f.select(below, f.constant(0), f.constant(1)));
}

//===-- linspace ----------------------------------------------------------===//

/// More numbers than any model lists; they are part of the program.
static constexpr int64_t maxLinspace = 65'536;

LogicalResult LinspaceOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  int64_t count = adaptor.getCount();
  if (count < 1 || count > maxLinspace)
    return emitOptionalError(loc, messages::LinspaceCount(count, maxLinspace));
  types.push_back(RankedTensorType::get({count}, Float32Type::get(context)));
  return success();
}

/// Worked out in double precision, each number rounded once.
static DenseElementsAttr spaceEvenly(LinspaceOp op) {
  double lo = op.getLo().convertToDouble(), hi = op.getHi().convertToDouble();
  auto count = static_cast<int64_t>(op.getCount());
  SmallVector<float> values{static_cast<float>(lo)};
  for (int64_t i = 1; i < count; ++i)
    values.push_back(static_cast<float>(lo + (hi - lo) * static_cast<double>(i) / static_cast<double>(count - 1)));
  return DenseElementsAttr::get(cast<RankedTensorType>(op.getType()), ArrayRef<float>(values));
}

OpFoldResult LinspaceOp::fold(FoldAdaptor) { return spaceEvenly(*this); }

SmallVector<Value> LinspaceOp::decompose(OpBuilder &builder) {
  return {ConstantOp::create(builder, getLoc(), spaceEvenly(*this))};
}
