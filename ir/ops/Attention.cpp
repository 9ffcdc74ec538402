// Attention: shapes, its definition by matrix products, and the kernels that take its place.
#include "ir/ops/Attention.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Constants.h"
#include "ir/ops/Contractions.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Losses.h"
#include "ir/ops/Shapes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace vae;
using program::getTensorType;

//===-- Shapes -----------------------------------------------------------------===//

namespace {

/// The sizes of one call; `check` reports what does not fit together.
struct AttentionShape {
  AttentionShape(Value q, Value k, Value v, int64_t heads, int64_t kvHeads)
      : q(sizesOf(q)), k(sizesOf(k)), v(sizesOf(v)), heads(heads), kvHeads(kvHeads) {}
  LogicalResult check(OptionalLocation loc) const;
  LogicalResult checkMask(OptionalLocation loc, Value mask) const;
  SmallVector<Size> scores() const { return {q[0], Size(heads), q[1], k[1]}; }
  int64_t width() const { return *q[2].getConstant() / heads; }
  int64_t valueWidth() const { return *v[2].getConstant() / kvHeads; }
  SmallVector<Size> result() const { return {q[0], q[1], Size(heads * valueWidth())}; }
  /// One number a query of a head.
  SmallVector<Size> sums() const { return {q[0], q[1], Size(heads)}; }

  SmallVector<Size> q, k, v;
  int64_t heads, kvHeads;
};

} // namespace

static LogicalResult checkHeads(OptionalLocation loc, StringRef name, ArrayRef<Size> sizes, int64_t heads) {
  if (sizes.size() != 3 || !sizes[2].getConstant())
    return emitOptionalError(loc, messages::AttentionChannels(name, shapeText(sizes)));
  if (heads < 1 || *sizes[2].getConstant() % heads != 0)
    return emitOptionalError(loc, messages::AttentionHeads(name, shapeText(sizes), heads));
  return success();
}

LogicalResult AttentionShape::check(OptionalLocation loc) const {
  if (failed(checkHeads(loc, "q", q, heads)) || failed(checkHeads(loc, "k", k, kvHeads)) ||
      failed(checkHeads(loc, "v", v, kvHeads)))
    return failure();
  if (heads % kvHeads != 0)
    return emitOptionalError(loc, messages::AttentionGroups(heads, kvHeads));
  if (q[0] != k[0])
    return emitOptionalError(loc, messages::AttentionAxis("q", shapeText(q), "k", shapeText(k), 0));
  for (int64_t axis : {0, 1})
    if (k[axis] != v[axis])
      return emitOptionalError(loc, messages::AttentionAxis("k", shapeText(k), "v", shapeText(v), axis));
  if (int64_t keyWidth = *k[2].getConstant() / kvHeads; keyWidth != width())
    return emitOptionalError(loc, messages::AttentionWidth(shapeText(q), width(), shapeText(k), keyWidth, kvHeads));
  return success();
}

LogicalResult AttentionShape::checkMask(OptionalLocation loc, Value mask) const {
  SmallVector<Size> given = sizesOf(mask), expected = scores();
  for (size_t back = 1; back <= given.size(); ++back)
    if (back > 4 || (given[given.size() - back] != Size(1) && given[given.size() - back] != expected[4 - back]))
      return emitOptionalError(loc,
                               messages::AttentionMask(shapeText(given), shapeText(expected), given.size() - back));
  return success();
}

/// No more queries than keys.
static SizeRequirement requireKeys(const Size &queries, const Size &keys) {
  return {keys - queries, messages::AttentionCausal(queries.str(), keys.str())};
}

SmallVector<SizeRequirement> AttentionOp::getSizeRequirements() {
  if (!getCausal())
    return {};
  return {requireKeys(sizesOf(getQ())[1], sizesOf(getK())[1])};
}

LogicalResult AttentionOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  int64_t heads = adaptor.getHeads();
  AttentionShape shape(adaptor.getQ(), adaptor.getK(), adaptor.getV(), heads,
                       static_cast<int64_t>(adaptor.getKvHeads().value_or(heads)));
  if (failed(checkElements(loc, adaptor.getOperands())) || failed(shape.check(loc)) ||
      (adaptor.getMask() && failed(shape.checkMask(loc, adaptor.getMask()))) ||
      (adaptor.getCausal() && failed(checkRequirements(loc, requireKeys(shape.q[1], shape.k[1])))))
    return failure();
  types.push_back(getTensorType(shape.result(), tensorType(adaptor.getQ()).getElementType()));
  return success();
}

template <typename Op> static AttentionShape shapeOf(Op op) {
  return {op.getQ(), op.getK(), op.getV(), static_cast<int64_t>(op.getHeads()), static_cast<int64_t>(op.getKvHeads())};
}

/// The shape of a kernel's operands; fails with a message where they are not of one attention.
template <typename Adaptor> static FailureOr<AttentionShape> checkAttending(OptionalLocation loc, Adaptor adaptor) {
  AttentionShape shape = shapeOf(adaptor);
  if (failed(shape.check(loc)))
    return failure();
  if (Value mask = adaptor.getMask(); mask && (failed(shape.checkMask(loc, mask)) || sizesOf(mask).size() != 4))
    return emitOptionalError(loc, messages::AttentionMask(shapeText(mask.getType()), shapeText(shape.scores()), 0));
  return shape;
}

/// The same of a gradient's operands.
template <typename Adaptor> static FailureOr<AttentionShape> checkGradient(OptionalLocation loc, Adaptor adaptor) {
  FailureOr<AttentionShape> shape = checkAttending(loc, adaptor);
  if (failed(shape))
    return failure();
  if (sizesOf(adaptor.getGradient()) != shape->result() || sizesOf(adaptor.getSums()) != shape->sums() ||
      sizesOf(adaptor.getDeltas()) != shape->sums())
    return emitOptionalError(loc, messages::AttentionGradient(shapeText(adaptor.getGradient().getType()),
                                                              shapeText(adaptor.getSums().getType()),
                                                              shapeText(adaptor.getDeltas().getType())));
  return shape;
}

LogicalResult AttendOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  FailureOr<AttentionShape> shape = checkAttending(loc, adaptor);
  if (failed(shape))
    return failure();
  Type element = tensorType(adaptor.getQ()).getElementType();
  types.append({getTensorType(shape->result(), element), getTensorType(shape->sums(), element)});
  return success();
}

LogicalResult AttendQueryGradientOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                      SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getQ().getType());
  return success(succeeded(checkGradient(loc, adaptor)));
}

LogicalResult AttendKeyGradientOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                    SmallVectorImpl<Type> &types) {
  types.append({adaptor.getK().getType(), adaptor.getV().getType()});
  return success(succeeded(checkGradient(loc, adaptor)));
}

//===-- Meaning by matrix products ---------------------------------------------===//

/// [B, N, parts * G * width] as [B, parts, G * N, width], where each of `parts` has G heads.
static Value splitHeads(TensorBuilder &t, Value x, int64_t parts, int64_t width) {
  SmallVector<Size> sizes = sizesOf(x);
  int64_t group = *sizes[2].getConstant() / parts / width;
  Value split = t.reshape(x, {sizes[0], sizes[1], Size(parts), Size(group), Size(width)});
  Value turned = t.make<TransposeOp>(split, ArrayRef<int64_t>{0, 2, 3, 1, 4});
  return t.reshape(turned, {sizes[0], Size(parts), Size(group) * sizes[1], Size(width)});
}

/// The way back: [B, parts, G * N, width] as [B, N, parts * G * width], of this shape.
static Value joinHeads(TensorBuilder &t, Value x, ArrayRef<Size> shape) {
  SmallVector<Size> sizes = sizesOf(x);
  int64_t width = *sizes[3].getConstant(), group = *shape[2].getConstant() / *sizes[1].getConstant() / width;
  Value split = t.reshape(x, {sizes[0], sizes[1], Size(group), shape[1], Size(width)});
  return t.reshape(t.make<TransposeOp>(split, ArrayRef<int64_t>{0, 3, 1, 2, 4}), shape);
}

/// The products [B, heads, L, S] of what each query of a head and each key have.
static Value multiplyHeads(TensorBuilder &t, const AttentionShape &shape, Value queries, Value keys, int64_t width) {
  Value products = t.make<MatmulOp>(splitHeads(t, queries, shape.kvHeads, width),
                                    splitHeads(t, keys, shape.kvHeads, width), /*transpose_a=*/false,
                                    /*transpose_b=*/true);
  return t.reshape(products, shape.scores());
}

static Value buildScores(TensorBuilder &t, const AttentionShape &shape, Value q, Value k, Value mask, bool causal,
                         double scale) {
  Value scores = t.mul(multiplyHeads(t, shape, q, k, shape.width()), t.scalar(scale, q));
  if (mask)
    scores = t.add(scores, mask);
  if (!causal)
    return scores;
  auto square = program::ShapeAttr::get(q.getContext(), {shape.k[1], shape.q[1]});
  Value seen =
      t.make<TransposeOp>(t.make<TriangleOp>(square, TypeAttr::get(getElementTypeOrSelf(q))), ArrayRef<int64_t>{1, 0});
  return t.where(seen, scores, t.scalar(-std::numeric_limits<double>::infinity(), q));
}

/// Softmax over the last axis, 0 where all are minus infinity.
static Value buildWeights(TensorBuilder &t, Value scores) {
  Value greatest = t.make<StopGradientOp>(t.amax(scores, 3, /*keep=*/true)), zero = t.scalar(0, scores);
  Value none = t.scalar(-std::numeric_limits<double>::infinity(), scores);
  greatest = t.where(t.make<EqualOp>(greatest, none), zero, greatest);
  Value weights = t.make<ExpOp>(t.sub(scores, greatest)), sum = t.sum(weights, 3, /*keep=*/true);
  return t.div(weights, t.where(t.make<EqualOp>(sum, zero), t.scalar(1, scores), sum));
}

SmallVector<Value> AttentionOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  int64_t heads = getHeads();
  AttentionShape shape(getQ(), getK(), getV(), heads, static_cast<int64_t>(getKvHeads().value_or(heads)));
  Value mask = getMask();
  if (mask && sizesOf(mask).size() < 4) {
    SmallVector<Size> sizes(4 - sizesOf(mask).size(), Size(1));
    llvm::append_range(sizes, sizesOf(mask));
    mask = t.reshape(mask, sizes);
  }
  double scale = getScale() ? getScale()->convertToDouble() : 1 / std::sqrt(static_cast<double>(shape.width()));
  if (getElementTypeOrSelf(getQ()).isF32())
    return {AttendOp::create(builder, getLoc(), getQ(), getK(), getV(), mask, heads, shape.kvHeads, getCausal(),
                             APFloat(scale))
                .getResult()};
  Value weights = buildWeights(t, buildScores(t, shape, getQ(), getK(), mask, getCausal(), scale));
  Size rows = Size(heads / shape.kvHeads) * shape.q[1];
  weights = t.reshape(weights, {shape.q[0], Size(shape.kvHeads), rows, shape.k[1]});
  Value mixed = t.make<MatmulOp>(weights, splitHeads(t, getV(), shape.kvHeads, shape.valueWidth()),
                                 /*transpose_a=*/false, /*transpose_b=*/false);
  return {joinHeads(t, mixed, shape.result())};
}

//===-- Gradients ----------------------------------------------------------------===//

/// The gradient of the scores, summed to the mask: all of them are stored.
static Value buildMaskGradient(TensorBuilder &t, OpBuilder &builder, AttendOp op, Value gradient, Value deltas) {
  AttentionShape shape = shapeOf(op);
  auto column = [&](Value numbers) {
    Value turned = t.make<TransposeOp>(numbers, ArrayRef<int64_t>{0, 2, 1});
    return t.reshape(turned, {shape.q[0], Size(shape.heads), shape.q[1], Size(1)});
  };
  Value scores =
      buildScores(t, shape, op.getQ(), op.getK(), op.getMask(), op.getCausal(), op.getScale().convertToDouble());
  Value weights = t.make<ExpOp>(t.sub(scores, column(op.getSums())));
  Value products = multiplyHeads(t, shape, gradient, op.getV(), shape.valueWidth());
  Value scoreGradient = t.mul(weights, t.sub(products, column(deltas)));
  return sumToShape(builder, op.getLoc(), scoreGradient, tensorType(op.getMask()));
}

void AttendOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  TensorBuilder t(builder, getLoc());
  assert(resultGradients[0] && !resultGradients[1] && "only gradients read the sums");
  Value gradient = resultGradients[0];
  SmallVector<Size> heads = shapeOf(*this).sums();
  heads.push_back(Size(shapeOf(*this).valueWidth()));
  Value deltas = t.sum(t.mul(t.reshape(gradient, heads), t.reshape(getResult(), heads)), 3);
  gradients.push_back(AttendQueryGradientOp::create(builder, getLoc(), getQ(), getK(), getV(), getMask(), gradient,
                                                    getSums(), deltas, getHeads(), getKvHeads(), getCausal(),
                                                    getScale()));
  auto keys = AttendKeyGradientOp::create(builder, getLoc(), getQ(), getK(), getV(), getMask(), gradient, getSums(),
                                          deltas, getHeads(), getKvHeads(), getCausal(), getScale());
  llvm::append_range(gradients, keys.getResults());
  if (getMask())
    gradients.push_back(buildMaskGradient(t, builder, *this, gradient, deltas));
}

//===-- Kernels ------------------------------------------------------------------===//

/// What a number becomes: its exponential and its logarithm.
static void buildFunctions(OpBuilder builder, Location loc, Region &region) {
  Block &block = region.emplaceBlock();
  Value x = block.addArgument(builder.getF32Type(), loc);
  builder.setInsertionPointToEnd(&block);
  Value results[] = {math::ExpOp::create(builder, loc, x), math::LogOp::create(builder, loc, x)};
  program::YieldOp::create(builder, loc, results);
}

/// The op's root, of the same attributes.
template <typename Root> static void buildAttentionRoot(RootBuilder &root, Operation *op) {
  OperationState state(root.loc, Root::getOperationName());
  for (Value operand : op->getOperands())
    state.addOperands(root.read(operand));
  for (Value result : op->getResults()) {
    Value into = root.makeEmpty(sizesOf(result), getElementTypeOrSelf(result));
    state.addOperands(into);
    state.addTypes(into.getType());
  }
  state.addAttributes(op->getAttrDictionary().getValue());
  buildFunctions(root.builder, root.loc, *state.addRegion());
  Operation *made = root.builder.create(state);
  for (auto [result, tensor] : llvm::zip_equal(op->getResults(), made->getResults()))
    root.setResult(result, tensor);
}

#define ATTENTION_ROOT(Attending, Form)                                                                                \
  program::FormAttr Attending::getForm() { return program::FormAttr::get(getContext(), program::KernelForm::Form); }   \
  RootFusion Attending::getFusion() { return {}; }                                                                     \
  Value Attending::getSpace() { return getOperation()->getResult(0); }                                                 \
  SmallVector<int64_t> Attending::getFoldedAxes() { return {}; }                                                       \
  void Attending::buildRoot(RootBuilder &builder, ArrayRef<Operation *>) {                                             \
    buildAttentionRoot<program::Form##Op>(builder, *this);                                                             \
  }

ATTENTION_ROOT(AttendOp, Attention)
ATTENTION_ROOT(AttendQueryGradientOp, AttentionQueryGradient)
ATTENTION_ROOT(AttendKeyGradientOp, AttentionKeyGradient)

#undef ATTENTION_ROOT
