// Pictures in other sizes: result types, scalar bodies, gradients, definitions.
#include "ir/ops/Pictures.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/ElementFormula.h"
#include "ir/builders/IndexFormula.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Discrete.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Indexing.h"
#include "ir/ops/Shapes.h"

using namespace mlir;
using namespace vae;

using Built = FailureOr<SmallVector<Value>>;

/// The largest factor: what a formula may unroll.
static constexpr int64_t maxFactor = 16;

//===-- Padding -------------------------------------------------------------------===//

/// The first axis that `padding` speaks of.
static int64_t firstPadded(RankedTensorType type, ArrayRef<int64_t> padding) {
  return type.getRank() - static_cast<int64_t>(padding.size() / 2);
}

/// That each axis is longer than a border that mirrors it.
static SmallVector<SizeRequirement> requireSmallBorders(RankedTensorType type, ArrayRef<int64_t> padding) {
  SmallVector<Size> sizes = program::getSizes(type);
  SmallVector<SizeRequirement> requirements;
  for (auto [position, amount] : llvm::enumerate(padding)) {
    const Size &size = sizes[firstPadded(type, padding) + position / 2];
    requirements.push_back(
        {size - Size(amount) - Size(1), messages::PadReflection(shapeText(sizes), amount, size.str())});
  }
  return requirements;
}

LogicalResult PadOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  RankedTensorType type = tensorType(adaptor.getX());
  SmallVector<Size> sizes = program::getSizes(type);
  ArrayRef<int64_t> padding = adaptor.getPadding();
  int64_t first = firstPadded(type, padding);
  if (padding.size() % 2 != 0 || first < 0)
    return emitOptionalError(loc, messages::PadCount(shapeText(sizes), padding.size()));
  StringRef mode = adaptor.getMode();
  if (mode != "constant" && mode != "reflect" && mode != "replicate")
    return emitOptionalError(loc, messages::PadMode(mode));
  SmallVector<Size> padded = sizes;
  for (auto [position, amount] : llvm::enumerate(padding)) {
    if (amount < 0)
      return emitOptionalError(loc, messages::PadNegative(shapeText(sizes), amount));
    padded[first + position / 2] = padded[first + position / 2] + Size(amount);
  }
  if (mode == "reflect" && failed(checkRequirements(loc, requireSmallBorders(type, padding))))
    return failure();
  types.push_back(program::getTensorType(padded, type.getElementType()));
  return success();
}

SmallVector<SizeRequirement> PadOp::getSizeRequirements() {
  if (getMode() != "reflect")
    return {};
  return requireSmallBorders(tensorType(getX()), getPadding());
}

bool PadOp::isIndexedOperand(unsigned) { return true; }

/// The place of an axis of that length whose mirror image lies at `position`: no further outside than the axis is long.
static Value mirror(IndexFormula &i, Value position, const Size &length) {
  Value zero = i.constant(0), last = i.add(i.size(length), -1);
  position = i.select(i.less(position, zero), i.sub(zero, position), position);
  return i.select(i.less(last, position), i.sub(i.add(last, last), position), position);
}

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
    position = getMode() == "reflect" ? mirror(i, position, sizes[axis]) : position;
    inside = inside ? i.both(inside, here) : here;
    at[axis] = i.clamp(position, sizes[axis]);
  }
  Value element = context.extract(0, at);
  Value border = ElementFormula(builder, context.loc, type.getElementType()).constant(getValue().convertToDouble());
  results.push_back(inside && getMode() == "constant" ? i.select(inside, element, border) : element);
}

namespace {
/// The gradient of a border along one axis.
class BorderGradient {
public:
  BorderGradient(TensorBuilder &t, Value g, int64_t axis, const Size &size, int64_t before, int64_t behind)
      : t(t), g(g), axis(axis), size(size), before(before), behind(behind),
        places(t.make<PositionsOp>(program::ShapeAttr::get(g.getContext(), size))) {}

  /// Of the places themselves.
  Value inside() { return t.slice(g, axis, Size(before), Size(before) + size); }

  /// With what each place was mirrored to: the border before the first, and behind the last.
  Value reflected() {
    Value sum = inside(), last = t.sizeOf(size - Size(1), places);
    if (before > 0)
      sum = t.add(sum, mirrored(t.scalar(before, places), t.scalar(0, places)));
    Value shift = t.add(t.scalar(before, places), t.add(last, last));
    return behind > 0 ? t.add(sum, mirrored(shift, last)) : sum;
  }

  /// With the borders added to the first and the last place.
  Value replicated() {
    Value sum = inside();
    Size end = Size(before) + size;
    if (before > 0)
      sum = t.add(sum, addedAt(t.scalar(0, places), Size(0), Size(before)));
    return behind > 0 ? t.add(sum, addedAt(t.sizeOf(size - Size(1), places), end, end + Size(behind))) : sum;
  }

private:
  /// g at `shift` less each place: zero where that lies outside, and at the place that is its own mirror image.
  Value mirrored(Value shift, Value edge) {
    Value outside = t.scalar(-1, places);
    Value at = t.where(t.make<EqualOp>(places, edge), outside, t.sub(shift, places));
    return t.make<GatherOp>(g, at, axis);
  }

  /// The sum of a stretch of g, at one place.
  Value addedAt(Value place, const Size &begin, const Size &end) {
    SmallVector<Size> along(tensorType(g).getRank() - axis, Size(1));
    along.front() = size;
    Value sum = t.sum(t.slice(g, axis, begin, end), axis, /*keep=*/true);
    return t.where(t.reshape(t.make<EqualOp>(places, place), along), sum, t.scalar(0, g));
  }

  TensorBuilder &t;
  Value g;
  int64_t axis;
  Size size;
  int64_t before, behind;
  Value places;
};
} // namespace

void PadOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  RankedTensorType type = tensorType(getX());
  SmallVector<Size> sizes = program::getSizes(type);
  Value g = resultGradients[0];
  for (int64_t axis = firstPadded(type, getPadding()), pair = 0; axis < type.getRank(); ++axis, pair += 2) {
    if (sizesOf(g)[axis] == sizes[axis])
      continue;
    BorderGradient border(t, g, axis, sizes[axis], getPadding()[pair], getPadding()[pair + 1]);
    g = getMode() == "reflect" ? border.reflected() : getMode() == "replicate" ? border.replicated() : border.inside();
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
  if (factor < 1 || factor > maxFactor)
    return emitOptionalError(loc, messages::UpsampleFactor(name, factor, maxFactor));
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

/// The factor by which both axes grow, where it is one and the same.
static std::optional<int64_t> commonFactor(ArrayRef<Size> from, ArrayRef<Size> to) {
  std::optional<Size> rows = to[0].divide(from[0]), columns = to[1].divide(from[1]);
  std::optional<int64_t> factor = rows && rows == columns ? rows->getConstant() : std::nullopt;
  return factor && *factor <= maxFactor ? factor : std::nullopt;
}

/// The place of each of `to` places along an axis among `from`, rounded down.
static Value resample(TensorBuilder &t, Value x, int64_t axis, const Size &to) {
  Value places = t.make<PositionsOp>(program::ShapeAttr::get(x.getContext(), to));
  Value product = t.mul(places, t.sizeOf(sizesOf(x)[axis], places));
  return t.make<GatherOp>(x, t.div(product, t.sizeOf(to, places)), axis);
}

/// Both axes taken to other sizes: by a factor where it can be.
static Built buildNearest(BuiltinCall &call, SmallVector<Size> to) {
  Value x = call.tensor("x");
  FailureOr<SmallVector<int64_t>> axes = normalizeAxes(call.loc, {{-2, -1}}, tensorType(x));
  if (failed(axes) || failed(checkPositive(call.loc, to)))
    return failure();
  if (to.size() == 1)
    to.push_back(to.front());
  if (to.size() != 2)
    return mlir::emitError(call.loc) << messages::NotAPair("size", to.size());
  if (std::optional<int64_t> factor = commonFactor(ArrayRef(sizesOf(x)).take_back(2), to))
    return call.build(UpsampleNearestOp::getOperationName(), x,
                      call.builder.getNamedAttr("factor", call.builder.getI64IntegerAttr(*factor)));
  TensorBuilder t(call.builder, call.loc);
  for (auto [axis, size] : llvm::zip_equal(*axes, to))
    x = resample(t, x, axis, size);
  return SmallVector<Value>{x};
}

Built UpsampleNearestOp::buildBuiltin(BuiltinCall &call) {
  bool hasFactor = call.find("factor");
  if (hasFactor && call.find("size"))
    return mlir::emitError(call.loc) << messages::UpsampleTarget();
  if (call.find("size"))
    return buildNearest(call, call.shape("size"));
  int64_t factor = hasFactor ? call.integer("factor") : 2;
  return call.build(getOperationName(), call.tensor("x"),
                    call.builder.getNamedAttr("factor", call.builder.getI64IntegerAttr(factor)));
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

//===-- Channels as pixels --------------------------------------------------------------===//

/// A picture's sizes with the channels divided by the square of the factor and both sides multiplied by it, or the other
/// way round.
static LogicalResult inferPixels(OptionalLocation loc, StringRef name, Value x, int64_t factor, bool spreads,
                                 SmallVectorImpl<Type> &types) {
  FailureOr<SmallVector<int64_t>> axes = normalizeAxes(loc, {{-3, -2, -1}}, tensorType(x));
  if (failed(axes))
    return failure();
  if (factor < 1 || factor > maxFactor)
    return emitOptionalError(loc, messages::UpsampleFactor(name, factor, maxFactor));
  SmallVector<Size> sizes = sizesOf(x);
  for (int64_t axis : *axes) {
    bool isChannels = axis == axes->front();
    Size by(isChannels ? factor * factor : factor);
    std::optional<Size> other = isChannels == spreads ? sizes[axis].divide(by) : sizes[axis] * by;
    if (other->isConstant() && !other->getConstant())
      return emitOptionalError(loc, messages::PixelsDivide(name, shapeText(x.getType()), sizes[axis].str(), by.str()));
    sizes[axis] = *other;
  }
  types.push_back(program::getTensorType(sizes, tensorType(x).getElementType()));
  return success();
}

LogicalResult PixelShuffleOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  return inferPixels(loc, "pixel_shuffle", adaptor.getX(), adaptor.getFactor(), /*spreads=*/true, types);
}

LogicalResult PixelUnshuffleOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  return inferPixels(loc, "pixel_unshuffle", adaptor.getX(), adaptor.getFactor(), /*spreads=*/false, types);
}

/// x seen as five axes for its last three, those in another order, as a tensor of that type.
static Value reorderPixels(TensorBuilder &t, Value x, ArrayRef<Size> last, ArrayRef<int64_t> order, Type type) {
  SmallVector<Size> split(ArrayRef(sizesOf(x)).drop_back(3));
  auto leading = static_cast<int64_t>(split.size());
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, leading));
  for (int64_t axis : order)
    axes.push_back(leading + axis);
  split.append(last.begin(), last.end());
  return t.reshape(t.make<TransposeOp>(t.reshape(x, split), axes), program::getSizes(cast<RankedTensorType>(type)));
}

SmallVector<Value> PixelShuffleOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  SmallVector<Size> x = sizesOf(getX()), y = program::getSizes(tensorType(getResult()));
  Size factor(getFactor()), channels = y[y.size() - 3], height = x[x.size() - 2], width = x.back();
  return {reorderPixels(t, getX(), {channels, factor, factor, height, width}, {0, 3, 1, 4, 2}, getType())};
}

SmallVector<Value> PixelUnshuffleOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  SmallVector<Size> x = sizesOf(getX()), y = program::getSizes(tensorType(getResult()));
  Size factor(getFactor()), channels = x[x.size() - 3], height = y[y.size() - 2], width = y.back();
  return {reorderPixels(t, getX(), {channels, height, factor, width, factor}, {0, 2, 4, 1, 3}, getType())};
}
