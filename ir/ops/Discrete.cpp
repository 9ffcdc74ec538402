// Positions, codes and draws: result types, scalar bodies, definitions, gradients.
#include "ir/ops/Discrete.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/IndexFormula.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Contractions.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Latent.h"
#include "ir/ops/Reductions.h"
#include "ir/ops/Shapes.h"
#include "ir/ops/Softmax.h"
#include "ir/training/Schedules.h"
#include "mlir/IR/Matchers.h"
#include <limits>

using namespace mlir;
using namespace vae;

using Built = FailureOr<SmallVector<Value>>;

static TypeAttr elementOf(Value value) { return TypeAttr::get(tensorType(value).getElementType()); }

//===-- Extreme elements -------------------------------------------------------------===//

LogicalResult ArgmaxOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  return inferPositions(loc, adaptor.getX(), adaptor.getAxis(), types);
}

LogicalResult ArgminOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  return inferPositions(loc, adaptor.getX(), adaptor.getAxis(), types);
}

/// The least position at which x equals its extreme element.
template <typename ExtremumOpT> static Value buildArg(OpBuilder &builder, Location loc, Value x, int64_t axis) {
  TensorBuilder t(builder, loc);
  DenseI64ArrayAttr axes = builder.getDenseI64ArrayAttr(axis);
  Value extreme = t.make<ExtremumOpT>(x, axes, builder.getBoolAttr(true));
  Value positions = t.make<MatchPositionOp>(x, extreme, builder.getI64IntegerAttr(axis));
  return t.make<AminOp>(positions, axes, builder.getBoolAttr(false));
}

SmallVector<Value> ArgmaxOp::decompose(OpBuilder &builder) {
  return {buildArg<AmaxOp>(builder, getLoc(), getX(), axisOf(getAxis(), tensorType(getX()).getRank()))};
}

SmallVector<Value> ArgminOp::decompose(OpBuilder &builder) {
  return {buildArg<AminOp>(builder, getLoc(), getX(), axisOf(getAxis(), tensorType(getX()).getRank()))};
}

LogicalResult MatchPositionOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  SmallVector<Size> sizes = sizesOf(adaptor.getX()), kept = sizes;
  FailureOr<SmallVector<int64_t>> axes =
      normalizeAxes(loc, ArrayRef<int64_t>(adaptor.getAxis()), tensorType(adaptor.getX()));
  if (failed(axes))
    return failure();
  kept[axes->front()] = Size(1);
  if (kept != sizesOf(adaptor.getExtreme()))
    return emitOptionalError(
        loc, messages::MatchedPositions(shapeText(sizes), axes->front(), shapeText(adaptor.getExtreme().getType())));
  types.push_back(program::getTensorType(sizes, IntegerType::get(context, 32)));
  return success();
}

void MatchPositionOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x,
                                  SmallVectorImpl<Value> &results) {
  using arith::CmpFPredicate;
  Location loc = context.loc;
  Value equal = arith::CmpFOp::create(builder, loc, CmpFPredicate::OEQ, x[0], x[1]);
  Value isNaN = arith::CmpFOp::create(builder, loc, CmpFPredicate::UNO, x[0], x[0]);
  Value index = context.index(axisOf(getAxis(), tensorType(getX()).getRank()));
  Value position = arith::IndexCastOp::create(builder, loc, builder.getI32Type(), index);
  Value none = arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(std::numeric_limits<int32_t>::max()));
  Value other = arith::SelectOp::create(builder, loc, isNaN, position, none);
  results.push_back(arith::SelectOp::create(builder, loc, equal, position, other));
}

LogicalResult PositionsOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  return inferFromShape(loc, adaptor.getShape(), IntegerType::get(context, 32), types);
}

void PositionsOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  results.push_back(arith::IndexCastOp::create(builder, context.loc, builder.getI32Type(), context.index(0)));
}

//===-- Codes ------------------------------------------------------------------------===//

/// Puts an axis of this size into the sizes of x; `axis` counts in the result.
static LogicalResult inferWithAxis(OptionalLocation loc, Value x, int64_t axis, const Size &size, Type element,
                                   SmallVectorImpl<Type> &types) {
  SmallVector<Size> sizes = sizesOf(x);
  int64_t rank = sizes.size() + 1;
  if (axis < -rank || axis >= rank)
    return emitOptionalError(loc, messages::ResultAxisOutside(axis, rank));
  sizes.insert(sizes.begin() + axisOf(axis, rank), size);
  types.push_back(program::getTensorType(sizes, element));
  return success();
}

LogicalResult OneHotOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  int64_t classes = adaptor.getClasses();
  if (classes <= 0)
    return emitOptionalError(loc, messages::OneHotClasses(classes));
  Type element = adaptor.getElement().value_or(Float32Type::get(context));
  if (!isa<FloatType>(element))
    return emitOptionalError(loc, messages::NotOfFloats("one_hot", element));
  return inferWithAxis(loc, adaptor.getX(), adaptor.getAxis(), Size(classes), element, types);
}

/// The element's coordinates but that along `axis`.
static SmallVector<Value> indicesWithout(ScalarContext &context, int64_t rank, int64_t axis) {
  SmallVector<Value> indices;
  for (int64_t i = 0; i < rank; ++i)
    if (i != axis)
      indices.push_back(context.index(i));
  return indices;
}

std::optional<int64_t> OneHotOp::getIndexBound(unsigned) { return getClasses(); }

bool OneHotOp::isIndexedOperand(unsigned) { return true; }
bool OneHotOp::isReadThrough() { return true; }

void OneHotOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  Location loc = context.loc;
  int64_t rank = tensorType(getResult()).getRank(), axis = axisOf(getAxis(), rank);
  Value code = context.extract(0, indicesWithout(context, rank, axis));
  Value position = arith::IndexCastOp::create(builder, loc, builder.getI32Type(), context.index(axis));
  Value equal = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, code, position);
  Type element = tensorType(getResult()).getElementType();
  Value one = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(element, 1));
  Value zero = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(element, 0));
  results.push_back(arith::SelectOp::create(builder, loc, equal, one, zero));
}

static LogicalResult inferLookup(OptionalLocation loc, Value index, Value table, int64_t axis,
                                 SmallVectorImpl<Type> &types) {
  SmallVector<Size> sizes = sizesOf(table);
  if (sizes.size() != 2 || !sizes[0].getConstant())
    return emitOptionalError(loc, messages::LookupTable(shapeText(sizes)));
  return inferWithAxis(loc, index, axis, sizes[1], tensorType(table).getElementType(), types);
}

LogicalResult LookupOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  return inferLookup(loc, adaptor.getIndex(), adaptor.getTable(), adaptor.getAxis(), types);
}

LogicalResult EmbeddingOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  return inferLookup(loc, adaptor.getIndex(), adaptor.getWeight(), adaptor.getAxis(), types);
}

/// Of operand 0; operand 1 is the table.
static std::optional<int64_t> getRows(Value table, unsigned operand) {
  return operand == 0 ? sizesOf(table)[0].getConstant() : std::nullopt;
}

std::optional<int64_t> LookupOp::getIndexBound(unsigned operand) { return getRows(getTable(), operand); }
std::optional<int64_t> EmbeddingOp::getIndexBound(unsigned operand) { return getRows(getWeight(), operand); }

/// `embedding(index, rows, features, axis)`: the table as torch.nn.Embedding makes it.
Built EmbeddingOp::buildBuiltin(BuiltinCall &call) {
  int64_t rows = call.integer("rows"), features = call.integer("features");
  if (rows <= 0 || features <= 0)
    return mlir::emitError(call.loc) << messages::EmbeddingSizes(rows, features);
  auto type = RankedTensorType::get({rows, features}, call.builder.getF32Type());
  auto init = program::InitAttr::get(call.loc.getContext(), "normal", 0.0, 1.0);
  FailureOr<Value> weight = call.makeParameter("weight", type, init, /*frozen=*/false);
  if (failed(weight))
    return failure();
  NamedAttribute axis = call.builder.getNamedAttr("axis", call.find("axis")->attribute);
  return call.build(getOperationName(), {call.tensor("index"), *weight}, axis);
}

SmallVector<Value> EmbeddingOp::decompose(OpBuilder &builder) {
  return {LookupOp::create(builder, getLoc(), getIndex(), getWeight(), getAxisAttr())};
}

bool LookupOp::isIndexedOperand(unsigned) { return true; }

void LookupOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  Location loc = context.loc;
  int64_t rank = tensorType(getResult()).getRank(), axis = axisOf(getAxis(), rank);
  Value code = context.extract(0, indicesWithout(context, rank, axis));
  Value row = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), code);
  auto [near, inside] = keepInside(builder, loc, row, context.size(sizesOf(getTable())[0]));
  Value nothing =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(tensorType(getResult()).getElementType()));
  results.push_back(
      arith::SelectOp::create(builder, loc, inside, context.extract(1, {near, context.index(axis)}), nothing));
}

/// Rows add up where one was taken several times.
void LookupOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  Value g = resultGradients[0], index = getIndex();
  int64_t rank = tensorType(g).getRank(), axis = axisOf(getAxis(), rank);
  SmallVector<int64_t> order;
  for (int64_t i = 0; i < rank; ++i)
    if (i != axis)
      order.push_back(i);
  order.push_back(axis);
  SmallVector<Size> table = sizesOf(getTable());
  if (axis != rank - 1)
    g = t.make<TransposeOp>(g, order);
  Value rows = t.reshape(g, {product(sizesOf(index)), table[1]});
  gradients.push_back({});
  gradients.push_back(t.sumByIndex(rows, index, table[0]));
}

LogicalResult MixOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  Value weights = adaptor.getWeights();
  FailureOr<SmallVector<int64_t>> axes = normalizeAxes(loc, ArrayRef<int64_t>(adaptor.getAxis()), tensorType(weights));
  if (failed(axes))
    return failure();
  SmallVector<Size> sizes = sizesOf(weights), table = sizesOf(adaptor.getTable());
  Size &mixed = sizes[axes->front()];
  if (table.size() != 2 || table[0] != mixed)
    return emitOptionalError(loc, messages::MixTable(shapeText(table), mixed.str()));
  mixed = table[1];
  types.push_back(program::getTensorType(sizes, tensorType(weights).getElementType()));
  return success();
}

/// A product of the table and the weights, seen as [before, rows, behind] around the axis; nothing is transposed.
SmallVector<Value> MixOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  SmallVector<Size> sizes = sizesOf(getWeights()), table = sizesOf(getTable());
  int64_t axis = axisOf(getAxis(), sizes.size());
  Size before = product(ArrayRef(sizes).take_front(axis)), behind = product(ArrayRef(sizes).drop_front(axis + 1));
  Value mixed;
  if (behind == Size(1))
    mixed = t.make<MatmulOp>(t.reshape(getWeights(), {before, table[0]}), getTable(), false, false);
  else
    mixed =
        t.make<MatmulOp>(getTable(), t.reshape(getWeights(), {before, table[0], behind}), /*transpose_a=*/true, false);
  return {t.reshape(mixed, sizesOf(getResult()))};
}

//===-- Draws ------------------------------------------------------------------------===//

Built StraightThroughOp::buildBuiltin(BuiltinCall &call) {
  if (failed(checkSameType(call.loc, call.tensor("hard"), call.tensor("soft"), "hard", "soft")))
    return failure();
  return call.buildDefault(getOperationName());
}

void StraightThroughOp::buildScalar(OpBuilder &, ScalarContext &, ValueRange x, SmallVectorImpl<Value> &results) {
  results.push_back(x[0]);
}

void StraightThroughOp::buildVjp(OpBuilder &, ValueRange resultGradients, Gradients &gradients) {
  gradients.append({Value(), resultGradients[0]});
}

LogicalResult GumbelOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  return inferFromShape(loc, adaptor.getShape(), Float32Type::get(context), types);
}

LogicalResult GumbelSoftmaxOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  Value logits = adaptor.getLogits();
  FailureOr<SmallVector<int64_t>> axes = normalizeAxes(loc, ArrayRef<int64_t>(adaptor.getAxis()), tensorType(logits));
  if (failed(axes))
    return failure();
  if (Size classes = sizesOf(logits)[axes->front()]; adaptor.getHard() && !classes.getConstant())
    return emitOptionalError(loc, messages::HardDrawClasses(classes.str()));
  types.push_back(logits.getType());
  return success();
}

Value vae::makeGumbel(TensorBuilder &t, Value uniform) {
  Value positive = t.make<MaxOp>(uniform, t.scalar(0x1p-24, uniform));
  return t.make<NegOp>(t.make<LogOp>(t.make<NegOp>(t.make<LogOp>(positive))));
}

Built GumbelOp::buildBuiltin(BuiltinCall &call) { return buildWithRng(call, getOperationName()); }

SmallVector<Value> GumbelOp::decompose(OpBuilder &builder) {
  return buildFromNoise(builder, drawUniform(builder, getLoc(), getRng(), getShape().getSizes(), getSiteAttr()));
}

SmallVector<Value> GumbelOp::buildFromNoise(OpBuilder &builder, Value noise) {
  TensorBuilder t(builder, getLoc());
  return {makeGumbel(t, noise)};
}

Built GumbelSoftmaxOp::buildBuiltin(BuiltinCall &call) {
  DenseElementsAttr tau;
  if (matchPattern(call.tensor("tau"), m_Constant(&tau)) && isa<FloatType>(tau.getElementType()))
    if (double value = (*tau.value_begin<APFloat>()).convertToDouble(); !(value > 0))
      return mlir::emitError(call.loc) << messages::TauNotPositive(getFormulaNumber(value));
  return buildWithRng(call, getOperationName());
}

SmallVector<Value> GumbelSoftmaxOp::decompose(OpBuilder &builder) {
  return buildFromNoise(builder, drawUniform(builder, getLoc(), getRng(), sizesOf(getLogits()), getSiteAttr()));
}

SmallVector<Value> GumbelSoftmaxOp::buildFromNoise(OpBuilder &builder, Value noise) {
  TensorBuilder t(builder, getLoc());
  Value scores = t.div(t.add(getLogits(), makeGumbel(t, noise)), getTau());
  Value soft = t.make<SoftmaxOp>(scores, getAxisAttr());
  if (!getHard())
    return {soft};
  int64_t axis = axisOf(getAxis(), tensorType(soft).getRank());
  IntegerAttr axisAttr = builder.getI64IntegerAttr(axis);
  std::optional<int64_t> classes = sizesOf(soft)[axis].getConstant();
  Value hard = t.make<OneHotOp>(t.make<ArgmaxOp>(soft, axisAttr), builder.getI64IntegerAttr(*classes), axisAttr,
                                elementOf(soft));
  return {t.make<StraightThroughOp>(hard, soft)};
}
