// Draws of integers, and what prepares them: calls, result types, definitions.
#include "ir/ops/Sampling.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Discrete.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Latent.h"
#include "ir/ops/Shapes.h"
#include <limits>

using namespace mlir;
using namespace vae;

using Built = FailureOr<SmallVector<Value>>;

//===-- Categorical ------------------------------------------------------------------===//

LogicalResult CategoricalOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  return inferPositions(loc, adaptor.getLogits(), adaptor.getAxis(), types);
}

Built CategoricalOp::buildBuiltin(BuiltinCall &call) { return buildWithRng(call, getOperationName()); }

SmallVector<Value> CategoricalOp::decompose(OpBuilder &builder) {
  return buildFromNoise(builder, drawUniform(builder, getLoc(), getRng(), sizesOf(getLogits()), getSiteAttr()));
}

SmallVector<Value> CategoricalOp::buildFromNoise(OpBuilder &builder, Value noise) {
  TensorBuilder t(builder, getLoc());
  return {t.make<ArgmaxOp>(t.add(getLogits(), makeGumbel(t, noise)), getAxisAttr())};
}

//===-- Integers ---------------------------------------------------------------------===//

LogicalResult RandomIntOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  return inferFromShape(loc, adaptor.getShape(), IntegerType::get(context, 32), types);
}

LogicalResult RandomIntOp::verify() {
  constexpr int64_t draws = int64_t(1) << 24;
  int64_t lo = getLo(), hi = getHi();
  if (lo < std::numeric_limits<int32_t>::min() || hi - 1 > std::numeric_limits<int32_t>::max() || hi <= lo ||
      hi - lo > draws)
    return emitOpError() << messages::RandomIntRange(lo, hi, draws);
  return success();
}

Built RandomIntOp::buildBuiltin(BuiltinCall &call) { return buildWithRng(call, getOperationName()); }

SmallVector<Value> RandomIntOp::decompose(OpBuilder &builder) {
  return buildFromNoise(builder, drawUniform(builder, getLoc(), getRng(), getShape().getSizes(), getSiteAttr()));
}

/// The product may round up to the count itself.
SmallVector<Value> RandomIntOp::buildFromNoise(OpBuilder &builder, Value noise) {
  TensorBuilder t(builder, getLoc());
  int64_t lo = getLo(), hi = getHi();
  auto count = static_cast<double>(hi - lo);
  Value drawn = t.make<CastOp>(t.mul(noise, t.scalar(count, noise)), TypeAttr::get(builder.getI32Type()));
  drawn = t.make<MinOp>(drawn, t.scalar(count - 1, drawn));
  return {lo == 0 ? drawn : t.add(drawn, t.scalar(static_cast<double>(lo), drawn))};
}

//===-- The greatest few ----------------------------------------------------------------===//

LogicalResult TopKOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  FailureOr<SmallVector<int64_t>> axes =
      normalizeAxes(loc, ArrayRef<int64_t>(adaptor.getAxis()), tensorType(adaptor.getX()));
  if (failed(axes))
    return failure();
  Size length = sizesOf(adaptor.getX())[axes->front()];
  int64_t k = adaptor.getK();
  if (k < 1 || k > length.getConstant().value_or(k))
    return emitOptionalError(loc, messages::TopKCount(k, length.str()));
  types.push_back(adaptor.getX().getType());
  return success();
}

SmallVector<Value> TopKOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  int64_t rank = tensorType(getX()).getRank(),
          axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), tensorType(getX()))->front();
  SmallVector<int64_t> swap = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  std::swap(swap[axis], swap[rank - 1]);
  bool turns = axis != rank - 1;
  Value x = turns ? t.make<TransposeOp>(getX(), swap) : getX();
  SmallVector<Size> column = sizesOf(x), row = column;
  column.emplace_back(1);
  row.insert(row.end() - 1, Size(1));
  Value before = t.sum(t.make<OutranksOp>(t.reshape(x, column), t.reshape(x, row)), {rank});
  Value kept = t.make<LessOp>(before, t.scalar(static_cast<double>(getK()), before));
  if (turns)
    kept = t.make<TransposeOp>(kept, swap);
  return {t.where(kept, getX(), t.scalar(-std::numeric_limits<double>::infinity(), getX()))};
}

LogicalResult OutranksOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  SmallVector<Size> a = sizesOf(adaptor.getA()), b = sizesOf(adaptor.getB());
  if (a.size() < 2 || b.size() != a.size() || a.back() != Size(1) || b[b.size() - 2] != Size(1))
    return emitOptionalError(loc, messages::OutranksOperands(shapeText(a), shapeText(b)));
  return inferBroadcast(loc, adaptor.getOperands(), types);
}

void OutranksOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x,
                             SmallVectorImpl<Value> &results) {
  using arith::CmpFPredicate;
  Location loc = context.loc;
  int64_t rank = tensorType(getResult()).getRank();
  auto compare = [&](CmpFPredicate predicate, Value a, Value b) -> Value {
    return arith::CmpFOp::create(builder, loc, predicate, a, b);
  };
  auto either = [&](Value a, Value b) -> Value { return arith::OrIOp::create(builder, loc, a, b); };
  auto both = [&](Value a, Value b) -> Value { return arith::AndIOp::create(builder, loc, a, b); };
  Value a = x[0], b = x[1];
  Value aIsNaN = compare(CmpFPredicate::UNO, a, a), bIsNaN = compare(CmpFPredicate::UNO, b, b);
  Value aIsNumber = compare(CmpFPredicate::ORD, a, a);
  Value greater = either(compare(CmpFPredicate::OGT, b, a), both(bIsNaN, aIsNumber));
  Value equal = either(compare(CmpFPredicate::OEQ, b, a), both(bIsNaN, aIsNaN));
  Value earlier =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, context.index(rank - 1), context.index(rank - 2));
  Value first = either(greater, both(equal, earlier));
  Value one = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(a.getType(), 1));
  Value zero = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(a.getType(), 0));
  results.push_back(arith::SelectOp::create(builder, loc, first, one, zero));
}

/// Which elements are kept does not change with a small step.
void OutranksOp::buildVjp(OpBuilder &, ValueRange, SmallVectorImpl<Value> &gradients) { gradients.append(2, {}); }
