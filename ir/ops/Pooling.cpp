// Pooling: result types, scalar bodies, gradients. A window is unrolled into its pixel's formula.
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
