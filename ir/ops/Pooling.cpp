// Padding, upsampling, pooling: result types, scalar bodies, gradients. A window is unrolled into its pixel's formula.
#include "ir/ops/Pooling.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/ElementFormula.h"
#include "ir/builders/IndexFormula.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/WindowAxis.h"

using namespace mlir;
using namespace vae;

using Built = FailureOr<SmallVector<Value>>;

/// The largest window: what a formula may unroll.
static constexpr int64_t maxKernel = 16;

//===-- Padding -------------------------------------------------------------------===//

/// The first axis that `padding` speaks of.
static int64_t firstPadded(RankedTensorType type, ArrayRef<int64_t> padding) {
  return type.getRank() - static_cast<int64_t>(padding.size() / 2);
}

LogicalResult PadOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  RankedTensorType type = tensorType(adaptor.getX());
  SmallVector<Size> sizes = program::getSizes(type);
  ArrayRef<int64_t> padding = adaptor.getPadding();
  int64_t first = firstPadded(type, padding);
  if (padding.size() % 2 != 0 || first < 0)
    return emitOptionalError(loc, messages::PadCount(shapeText(sizes), padding.size()));
  for (int64_t amount : padding)
    if (amount < 0)
      return emitOptionalError(loc, messages::PadNegative(shapeText(sizes), amount));
  for (auto [position, amount] : llvm::enumerate(padding)) {
    Size &size = sizes[first + position / 2];
    size = size + Size(amount);
  }
  types.push_back(program::getTensorType(sizes, type.getElementType()));
  return success();
}

bool PadOp::isIndexedOperand(unsigned) { return true; }

void PadOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  IndexFormula i(builder, context);
  RankedTensorType type = tensorType(getX());
  SmallVector<Size> sizes = program::getSizes(type);
  SmallVector<Value> at = i.coordinates(type.getRank());
  Value inside;
  for (int64_t axis = firstPadded(type, getPadding()), pair = 0; axis < type.getRank(); ++axis, pair += 2) {
    if (getPadding()[pair] == 0 && getPadding()[pair + 1] == 0)
      continue;
    Value position = i.add(at[axis], -getPadding()[pair]), here = i.isInside(position, sizes[axis]);
    inside = inside ? i.both(inside, here) : here;
    at[axis] = i.clamp(position, sizes[axis]);
  }
  Value element = context.extract(0, at);
  Value border = ElementFormula(builder, context.loc, type.getElementType()).constant(getValue().convertToDouble());
  results.push_back(inside ? i.select(inside, element, border) : element);
}

void PadOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  RankedTensorType type = tensorType(getX());
  SmallVector<Size> sizes = program::getSizes(type);
  Value g = resultGradients[0];
  for (int64_t axis = firstPadded(type, getPadding()), pair = 0; axis < type.getRank(); ++axis, pair += 2) {
    Size begin(getPadding()[pair]);
    if (sizesOf(g)[axis] != sizes[axis])
      g = t.slice(g, axis, begin, begin + sizes[axis]);
  }
  gradients.push_back(g);
}

//===-- Upsampling -------------------------------------------------------------------===//

/// The sizes with the last `axes` of them multiplied by a factor.
static LogicalResult inferUpsample(OptionalLocation loc, StringRef name, Value x, ArrayRef<int64_t> axes,
                                   int64_t factor, SmallVectorImpl<Type> &types) {
  FailureOr<SmallVector<int64_t>> normal = normalizeAxes(loc, axes, tensorType(x));
  if (failed(normal))
    return failure();
  if (factor < 1 || factor > maxKernel)
    return emitOptionalError(loc, messages::UpsampleFactor(name, factor, maxKernel));
  SmallVector<Size> sizes = sizesOf(x);
  for (int64_t axis : *normal)
    sizes[axis] = sizes[axis] * Size(factor);
  types.push_back(program::getTensorType(sizes, tensorType(x).getElementType()));
  return success();
}

LogicalResult UpsampleNearestOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                  SmallVectorImpl<Type> &types) {
  return inferUpsample(loc, "upsample_nearest", adaptor.getX(), {-2, -1}, adaptor.getFactor(), types);
}

LogicalResult UpsampleBilinearOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                   SmallVectorImpl<Type> &types) {
  return inferUpsample(loc, "upsample_bilinear", adaptor.getX(), {-2, -1}, adaptor.getFactor(), types);
}

LogicalResult UpsampleLinearOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  return inferUpsample(loc, "upsample_linear", adaptor.getX(), adaptor.getAxis(), adaptor.getFactor(), types);
}

LogicalResult UpsampleLinearGradientOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                         SmallVectorImpl<Type> &types) {
  RankedTensorType type = tensorType(adaptor.getG());
  FailureOr<SmallVector<int64_t>> axes = normalizeAxes(loc, ArrayRef<int64_t>(adaptor.getAxis()), type);
  if (failed(axes))
    return failure();
  SmallVector<Size> sizes = program::getSizes(type);
  int64_t factor = adaptor.getFactor();
  std::optional<Size> small = factor > 0 ? sizes[axes->front()].divide(Size(factor)) : std::nullopt;
  if (!small || (small->isConstant() && !small->getConstant()))
    return emitOptionalError(loc, messages::UpsampleGradientAxis(axes->front(), shapeText(sizes), factor));
  sizes[axes->front()] = *small;
  types.push_back(program::getTensorType(sizes, type.getElementType()));
  return success();
}

bool UpsampleNearestOp::isIndexedOperand(unsigned) { return true; }

void UpsampleNearestOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange,
                                    SmallVectorImpl<Value> &results) {
  IndexFormula i(builder, context);
  int64_t rank = tensorType(getX()).getRank();
  SmallVector<Value> at = i.coordinates(rank);
  for (int64_t axis : {rank - 2, rank - 1})
    at[axis] = i.split(at[axis], getFactor()).first;
  results.push_back(context.extract(0, at));
}

/// Each pixel gets the sum over its square.
void UpsampleNearestOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  SmallVector<Size> sizes = sizesOf(getX()), split = sizes;
  int64_t rank = sizes.size();
  Size factor(getFactor());
  split.insert(split.end() - 1, factor);
  split.push_back(factor);
  gradients.push_back(t.sum(t.reshape(resultGradients[0], split), {rank - 1, rank + 1}));
}

SmallVector<Value> UpsampleBilinearOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  int64_t rank = tensorType(getX()).getRank();
  Value tall = t.make<UpsampleLinearOp>(getX(), getFactorAttr(), builder.getI64IntegerAttr(rank - 2));
  return {t.make<UpsampleLinearOp>(tall, getFactorAttr(), builder.getI64IntegerAttr(rank - 1))};
}

bool UpsampleLinearOp::isIndexedOperand(unsigned) { return true; }

/// The place of i in units of 1 / (2 * factor): 2 i + 1 - factor, at least 0.
void UpsampleLinearOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange,
                                   SmallVectorImpl<Value> &results) {
  IndexFormula i(builder, context);
  RankedTensorType type = tensorType(getX());
  ElementFormula r(builder, context.loc, type.getElementType());
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), type)->front(), factor = getFactor();
  SmallVector<Value> low = i.coordinates(type.getRank()), high = low;
  Value place = i.atLeastZero(i.add(i.mul(low[axis], 2), 1 - factor));
  low[axis] = i.split(place, 2 * factor).first;
  high[axis] = i.clamp(i.add(low[axis], 1), program::getSizes(type)[axis]);
  Value rest = i.toI32(i.split(place, 2 * factor).second);
  Value scale = r.constant(0.5 / factor);
  Value others = arith::SubIOp::create(
      builder, context.loc, arith::ConstantOp::create(builder, context.loc, builder.getI32IntegerAttr(2 * factor)),
      rest);
  auto weighted = [&](ArrayRef<Value> at, Value weight) {
    Value real = arith::SIToFPOp::create(builder, context.loc, type.getElementType(), weight);
    return r.mul(context.extract(0, at), r.mul(real, scale));
  };
  Value before = weighted(low, others);
  results.push_back(r.add(before, weighted(high, rest)));
}

void UpsampleLinearOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  int64_t axis = normalizeAxes({}, ArrayRef<int64_t>(getAxis()), tensorType(getX()))->front();
  gradients.push_back(UpsampleLinearGradientOp::create(builder, getLoc(), resultGradients[0], getFactorAttr(),
                                                       builder.getI64IntegerAttr(axis)));
}

bool UpsampleLinearGradientOp::isIndexedOperand(unsigned) { return true; }

/// Place j went into places factor * j + d by 1 - |2 d + 1 - factor| / (2 factor); the outermost places went whole into
/// those beyond.
void UpsampleLinearGradientOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange,
                                           SmallVectorImpl<Value> &results) {
  IndexFormula i(builder, context);
  RankedTensorType type = tensorType(getG());
  ElementFormula r(builder, context.loc, type.getElementType());
  int64_t axis = getAxis(), factor = getFactor();
  SmallVector<Value> at = i.coordinates(type.getRank());
  Value j = at[axis], zero = r.constant(0), one = r.constant(1), sum;
  Value first = i.equal(j, i.constant(0));
  Value last = i.equal(i.add(j, 1), context.size(program::getSizes(tensorType(getResult()))[axis]));
  for (int64_t d = -factor; d < 2 * factor; ++d) {
    int64_t distance = 2 * d + 1 - factor; // in units of 1 / (2 * factor)
    if (std::abs(distance) >= 2 * factor)
      continue;
    Value position = i.add(i.mul(j, factor), d);
    Value weight = r.constant(1 - std::abs(distance) / (2.0 * factor));
    if (distance != 0)
      weight = i.select(distance < 0 ? first : last, one, weight);
    Value inside = i.isInside(position, program::getSizes(type)[axis]);
    at[axis] = i.clamp(position, program::getSizes(type)[axis]);
    Value term = i.select(inside, r.mul(weight, context.extract(0, at)), zero);
    sum = sum ? r.add(sum, term) : term;
  }
  results.push_back(sum);
}

//===-- Pooling ----------------------------------------------------------------------===//

/// The sizes of the windows' results.
static FailureOr<SmallVector<Size>> poolSizes(OptionalLocation loc, StringRef name, ArrayRef<Size> sizes,
                                              int64_t kernel, int64_t stride) {
  if (sizes.size() < 2)
    return emitOptionalError(loc, messages::PoolRank(name, shapeText(sizes)));
  if (kernel < 1 || kernel > maxKernel || stride < 1)
    return emitOptionalError(loc, messages::PoolWindow(name, kernel, stride, maxKernel));
  SmallVector<Size> result(sizes);
  for (Size &size : MutableArrayRef(result).take_back(2)) {
    std::optional<Size> count = WindowAxis{kernel, stride, 1, 0, 0}.windows(size);
    if (!count)
      return emitOptionalError(loc, messages::WindowCount(stride, size.str(), WindowAxis::largestFormula));
    if (count->getConstant().value_or(1) < 1)
      return emitOptionalError(loc, messages::PoolKernel(name, kernel, shapeText(sizes)));
    size = *count;
  }
  return result;
}

static LogicalResult inferPool(OptionalLocation loc, StringRef name, Value x, int64_t kernel, int64_t stride,
                               Type element, SmallVectorImpl<Type> &types) {
  FailureOr<SmallVector<Size>> sizes = poolSizes(loc, name, sizesOf(x), kernel, stride);
  if (succeeded(sizes))
    types.push_back(program::getTensorType(*sizes, element));
  return sizes;
}

LogicalResult AvgPoolOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX();
  return inferPool(loc, "avg_pool", x, adaptor.getKernel(), adaptor.getStride(), getElementTypeOrSelf(x), types);
}

LogicalResult MaxPoolOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX();
  return inferPool(loc, "max_pool", x, adaptor.getKernel(), adaptor.getStride(), getElementTypeOrSelf(x), types);
}

LogicalResult MaxPoolPositionOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                                  SmallVectorImpl<Type> &types) {
  return inferPool(loc, "max_pool_position", adaptor.getX(), adaptor.getKernel(), adaptor.getStride(),
                   IntegerType::get(context, 32), types);
}

/// `stride` is the kernel where none is given.
static Built buildPool(BuiltinCall &call, StringRef name) {
  int64_t kernel = call.integer("kernel"), stride = call.find("stride") ? call.integer("stride") : kernel;
  Builder &builder = call.builder;
  return call.build(name, call.tensor("x"),
                    {builder.getNamedAttr("kernel", builder.getI64IntegerAttr(kernel)),
                     builder.getNamedAttr("stride", builder.getI64IntegerAttr(stride))});
}

Built AvgPoolOp::buildBuiltin(BuiltinCall &call) { return buildPool(call, getOperationName()); }
Built MaxPoolOp::buildBuiltin(BuiltinCall &call) { return buildPool(call, getOperationName()); }

/// Calls `visit` with each pixel of the element's window, row by row.
static void visitWindow(IndexFormula &i, int64_t rank, int64_t kernel, int64_t stride,
                        function_ref<void(Value)> visit) {
  SmallVector<Value> at = i.coordinates(rank);
  Value top = i.mul(at[rank - 2], stride), left = i.mul(at[rank - 1], stride);
  for (int64_t row = 0; row < kernel; ++row)
    for (int64_t column = 0; column < kernel; ++column) {
      at[rank - 2] = i.add(top, row);
      at[rank - 1] = i.add(left, column);
      visit(i.context.extract(0, at));
    }
}

bool AvgPoolOp::isIndexedOperand(unsigned) { return true; }

void AvgPoolOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  IndexFormula i(builder, context);
  ElementFormula r(builder, context.loc, getElementTypeOrSelf(getType()));
  Value sum;
  visitWindow(i, tensorType(getX()).getRank(), getKernel(), getStride(),
              [&](Value pixel) { sum = sum ? r.add(sum, pixel) : pixel; });
  results.push_back(r.div(sum, r.constant(getKernel() * getKernel())));
}

/// The greatest pixel of the element's window and its number there. A NaN is greater than all before it and stays.
static std::pair<Value, Value> findGreatest(IndexFormula &i, int64_t rank, int64_t kernel, int64_t stride) {
  using arith::CmpFPredicate;
  Value best, position;
  int32_t number = 0;
  visitWindow(i, rank, kernel, stride, [&](Value pixel) {
    Value here = arith::ConstantOp::create(i.builder, i.context.loc, i.builder.getI32IntegerAttr(number++));
    if (!best) {
      best = pixel;
      position = here;
      return;
    }
    // Greater, or NaN where there was none yet.
    Value greater = arith::CmpFOp::create(i.builder, i.context.loc, CmpFPredicate::OGT, pixel, best);
    Value isNaN = arith::CmpFOp::create(i.builder, i.context.loc, CmpFPredicate::UNO, pixel, pixel);
    Value ordered = arith::CmpFOp::create(i.builder, i.context.loc, CmpFPredicate::OEQ, best, best);
    Value wins = arith::OrIOp::create(i.builder, i.context.loc, greater, i.both(isNaN, ordered));
    best = i.select(wins, pixel, best);
    position = i.select(wins, here, position);
  });
  return {best, position};
}

bool MaxPoolOp::isIndexedOperand(unsigned) { return true; }
bool MaxPoolPositionOp::isIndexedOperand(unsigned) { return true; }

void MaxPoolOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange, SmallVectorImpl<Value> &results) {
  IndexFormula i(builder, context);
  results.push_back(findGreatest(i, tensorType(getX()).getRank(), getKernel(), getStride()).first);
}

void MaxPoolPositionOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange,
                                    SmallVectorImpl<Value> &results) {
  IndexFormula i(builder, context);
  results.push_back(findGreatest(i, tensorType(getX()).getRank(), getKernel(), getStride()).second);
}

//===-- Gradients of pools -------------------------------------------------------------===//

static LogicalResult inferPoolGradient(OptionalLocation loc, StringRef name, Value g, program::ShapeAttr shape,
                                       int64_t kernel, int64_t stride, SmallVectorImpl<Type> &types) {
  FailureOr<SmallVector<Size>> sizes = poolSizes(loc, name, shape.getSizes(), kernel, stride);
  if (failed(sizes))
    return failure();
  if (*sizes != sizesOf(g))
    return emitOptionalError(
        loc, messages::PoolGradient(name, shapeText(g.getType()), shapeText(shape.getSizes()), shapeText(*sizes)));
  types.push_back(program::getTensorType(shape.getSizes(), getElementTypeOrSelf(g)));
  return success();
}

LogicalResult AvgPoolGradientOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                  SmallVectorImpl<Type> &types) {
  return inferPoolGradient(loc, "avg_pool_gradient", adaptor.getG(), adaptor.getShape(), adaptor.getKernel(),
                           adaptor.getStride(), types);
}

LogicalResult MaxPoolGradientOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                  SmallVectorImpl<Type> &types) {
  if (sizesOf(adaptor.getG()) != sizesOf(adaptor.getPosition()))
    return emitOptionalError(
        loc, messages::PoolPositions(shapeText(adaptor.getG().getType()), shapeText(adaptor.getPosition().getType())));
  return inferPoolGradient(loc, "max_pool_gradient", adaptor.getG(), adaptor.getShape(), adaptor.getKernel(),
                           adaptor.getStride(), types);
}

void AvgPoolOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  auto shape = program::ShapeAttr::get(getContext(), sizesOf(getX()));
  gradients.push_back(
      AvgPoolGradientOp::create(builder, getLoc(), resultGradients[0], shape, getKernelAttr(), getStrideAttr()));
}

void MaxPoolOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  auto shape = program::ShapeAttr::get(getContext(), sizesOf(getX()));
  Value position = MaxPoolPositionOp::create(builder, getLoc(), getX(), getKernelAttr(), getStrideAttr());
  gradients.push_back(MaxPoolGradientOp::create(builder, getLoc(), resultGradients[0], position, shape, getKernelAttr(),
                                                getStrideAttr()));
}

namespace {
/// A window that may hold the element along one axis.
struct Holder {
  Value window, offset, holds; // the window's number, the element's place in it, whether both are real
};
} // namespace

/// The windows along an axis that may hold place `at`: that of at / stride and those before it.
static SmallVector<Holder> findHolders(IndexFormula &i, Value at, const Size &windows, int64_t kernel, int64_t stride) {
  SmallVector<Holder> holders;
  auto [last, rest] = i.split(at, stride);
  for (int64_t back = 0; back * stride < kernel; ++back) {
    Value window = i.add(last, -back), offset = i.add(rest, back * stride);
    Value holds = i.both(i.isInside(window, windows), i.less(offset, i.constant(kernel)));
    holders.push_back({i.clamp(window, windows), offset, holds});
  }
  return holders;
}

/// The sum over all windows that hold the element of what `pass` says that they pass back, at their coordinates and the
/// element's number in them.
static Value sumOverHolders(IndexFormula &i, ElementFormula &r, Value g, int64_t kernel, int64_t stride,
                            function_ref<Value(ArrayRef<Value>, Value)> pass) {
  SmallVector<Size> windows = sizesOf(g);
  int64_t rank = windows.size();
  SmallVector<Value> at = i.coordinates(rank);
  SmallVector<Holder> rows = findHolders(i, at[rank - 2], windows[rank - 2], kernel, stride);
  SmallVector<Holder> columns = findHolders(i, at[rank - 1], windows[rank - 1], kernel, stride);
  Value zero = r.constant(0), sum;
  for (const Holder &row : rows)
    for (const Holder &column : columns) {
      at[rank - 2] = row.window;
      at[rank - 1] = column.window;
      Value number = arith::AddIOp::create(i.builder, i.context.loc, i.mul(row.offset, kernel), column.offset);
      Value term = i.select(i.both(row.holds, column.holds), pass(at, number), zero);
      sum = sum ? r.add(sum, term) : term;
    }
  return sum;
}

bool AvgPoolGradientOp::isIndexedOperand(unsigned) { return true; }
bool MaxPoolGradientOp::isIndexedOperand(unsigned) { return true; }

void AvgPoolGradientOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange,
                                    SmallVectorImpl<Value> &results) {
  IndexFormula i(builder, context);
  ElementFormula r(builder, context.loc, getElementTypeOrSelf(getType()));
  Value sum = sumOverHolders(i, r, getG(), getKernel(), getStride(),
                             [&](ArrayRef<Value> at, Value) { return context.extract(0, at); });
  results.push_back(r.div(sum, r.constant(getKernel() * getKernel())));
}

void MaxPoolGradientOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange,
                                    SmallVectorImpl<Value> &results) {
  IndexFormula i(builder, context);
  ElementFormula r(builder, context.loc, getElementTypeOrSelf(getType()));
  Value zero = r.constant(0);
  results.push_back(sumOverHolders(i, r, getG(), getKernel(), getStride(), [&](ArrayRef<Value> at, Value number) {
    Value chosen = i.equal(context.extract(1, at), i.toI32(number));
    return i.select(chosen, context.extract(0, at), zero);
  }));
}
