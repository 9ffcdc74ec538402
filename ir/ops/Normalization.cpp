// Layers that standardise, and dropout: result types, the parameters that calls make, definitions.
#include "ir/ops/Normalization.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Latent.h"
#include "ir/ops/Model.h"
#include "ir/training/Schedules.h"

using namespace mlir;
using namespace vae;

using Built = FailureOr<SmallVector<Value>>;

//===-- Result types --------------------------------------------------------------===//

/// The type of x, whose parameters hold one number for each place of an axis.
static LogicalResult inferNormalization(OptionalLocation loc, StringRef name, Value x, int64_t axis,
                                        ValueRange parameters, SmallVectorImpl<Type> &types) {
  SmallVector<Size> sizes = sizesOf(x);
  axis = axisOf(axis, sizes.size());
  if (axis < 0 || axis >= static_cast<int64_t>(sizes.size()))
    return emitOptionalError(loc, messages::NoAxisToStandardise(name, shapeText(sizes)));
  for (Value parameter : parameters)
    if (sizesOf(parameter) != SmallVector<Size>{sizes[axis]})
      return emitOptionalError(loc, messages::NormParameter(name, shapeText(sizes), shapeText(parameter.getType()),
                                                            shapeText(ArrayRef(sizes[axis]))));
  types.push_back(x.getType());
  return success();
}

/// The same of a layer whose parameters are a weight and a bias, or none.
static LogicalResult inferAffine(OptionalLocation loc, StringRef name, Value x, int64_t axis, ValueRange parameters,
                                 SmallVectorImpl<Type> &types) {
  if (!parameters.empty() && parameters.size() != 2)
    return emitOptionalError(loc, messages::NormParameterCount(name, parameters.size()));
  return inferNormalization(loc, name, x, axis, parameters, types);
}

LogicalResult LayerNormOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  return inferAffine(loc, "layer_norm", adaptor.getX(), -1, adaptor.getAffine(), types);
}

LogicalResult RmsNormOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  Value weight = adaptor.getWeight();
  return inferNormalization(loc, "rms_norm", adaptor.getX(), -1, weight ? ValueRange(weight) : ValueRange(), types);
}

LogicalResult InstanceNormOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  if (SmallVector<Size> sizes = sizesOf(adaptor.getX()); sizes.size() < 3)
    return emitOptionalError(loc, messages::NoAxisToStandardise("instance_norm", shapeText(sizes)));
  return inferAffine(loc, "instance_norm", adaptor.getX(), 1, adaptor.getAffine(), types);
}

LogicalResult GroupNormOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  if (failed(inferAffine(loc, "group_norm", adaptor.getX(), 1, adaptor.getAffine(), types)))
    return failure();
  int64_t groups = adaptor.getGroups();
  Size channels = sizesOf(adaptor.getX())[1];
  std::optional<int64_t> count = channels.getConstant();
  if (groups <= 0 || !count || *count % groups != 0)
    return emitOptionalError(loc, messages::NormGroups(channels.str(), groups));
  return success();
}

LogicalResult BatchNormOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  return inferNormalization(loc, "batch_norm", adaptor.getX(), 1,
                            {adaptor.getWeight(), adaptor.getBias(), adaptor.getRunningMean(), adaptor.getRunningVar()},
                            types);
}

/// What is added to a variance under a root.
static LogicalResult verifyEps(Operation *op, const APFloat &eps) {
  if (double value = eps.convertToDouble(); !(value >= 0))
    return op->emitOpError() << messages::NormEps(getFormulaNumber(value));
  return success();
}

LogicalResult LayerNormOp::verify() { return verifyEps(*this, getEps()); }
LogicalResult RmsNormOp::verify() { return verifyEps(*this, getEps()); }
LogicalResult GroupNormOp::verify() { return verifyEps(*this, getEps()); }
LogicalResult InstanceNormOp::verify() { return verifyEps(*this, getEps()); }

LogicalResult BatchNormOp::verify() {
  if (double share = getMomentum().convertToDouble(); !(share >= 0 && share <= 1))
    return emitOpError() << messages::NormMomentum(getFormulaNumber(share));
  return verifyEps(*this, getEps());
}

LogicalResult DropoutOp::inferReturnTypes(MLIRContext *, OptionalLocation, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getX().getType());
  return success();
}

LogicalResult DropoutOp::verify() {
  if (double p = getP().convertToDouble(); !(p >= 0 && p < 1))
    return emitOpError() << messages::DropoutShare(getFormulaNumber(p));
  return success();
}

//===-- Calls -----------------------------------------------------------------------===//

namespace {
/// Makes parameters of one number for each place of an axis.
class ChannelParameters {
public:
  ChannelParameters(BuiltinCall &call, StringRef name, int64_t axis) : call(call), type(tensorType(call.tensor("x"))) {
    SmallVector<Size> sizes = program::getSizes(type);
    axis = axisOf(axis, type.getRank());
    count = axis >= 0 && axis < type.getRank() ? sizes[axis].getConstant() : std::nullopt;
    good = count.has_value();
    if (!good)
      mlir::emitError(call.loc) << messages::NormAxisSize(name, shapeText(sizes), axis);
  }

  void addAffine() {
    add("weight", 1);
    add("bias", 0);
  }

  void add(StringRef name, double value, bool frozen = false) {
    if (!good)
      return;
    auto init = value == 0 ? program::InitAttr::get(call.loc.getContext(), "zeros", 0.0, 0.0)
                           : program::InitAttr::get(call.loc.getContext(), "constant", value, 0.0);
    FailureOr<Value> made =
        call.makeParameter(name, RankedTensorType::get({*count}, type.getElementType()), init, frozen);
    good = succeeded(made);
    if (good)
      operands.push_back(*made);
  }

  /// The op on x and the parameters, with the call's arguments of these names as attributes.
  Built build(StringRef op, ArrayRef<StringRef> names) {
    if (!good)
      return failure();
    operands.insert(operands.begin(), call.tensor("x"));
    SmallVector<NamedAttribute> attributes;
    for (StringRef name : names)
      attributes.push_back(call.builder.getNamedAttr(name, call.find(name)->attribute));
    return call.build(op, operands, attributes);
  }

private:
  BuiltinCall &call;
  RankedTensorType type;
  std::optional<int64_t> count;
  SmallVector<Value> operands;
  bool good = true;
};
} // namespace

Built LayerNormOp::buildBuiltin(BuiltinCall &call) {
  ChannelParameters parameters(call, "layer_norm", -1);
  if (call.boolean("affine"))
    parameters.addAffine();
  return parameters.build(getOperationName(), {"eps"});
}

Built RmsNormOp::buildBuiltin(BuiltinCall &call) {
  ChannelParameters parameters(call, "rms_norm", -1);
  if (call.boolean("affine"))
    parameters.add("weight", 1);
  return parameters.build(getOperationName(), {"eps"});
}

Built InstanceNormOp::buildBuiltin(BuiltinCall &call) {
  ChannelParameters parameters(call, "instance_norm", 1);
  if (call.boolean("affine"))
    parameters.addAffine();
  return parameters.build(getOperationName(), {"eps"});
}

Built GroupNormOp::buildBuiltin(BuiltinCall &call) {
  ChannelParameters parameters(call, "group_norm", 1);
  if (call.boolean("affine"))
    parameters.addAffine();
  return parameters.build(getOperationName(), {"groups", "eps"});
}

Built BatchNormOp::buildBuiltin(BuiltinCall &call) {
  ChannelParameters parameters(call, "batch_norm", 1);
  parameters.addAffine();
  parameters.add("running_mean", 0, /*frozen=*/true);
  parameters.add("running_var", 1, /*frozen=*/true);
  return parameters.build(getOperationName(), {"eps", "momentum"});
}

//===-- Definitions -------------------------------------------------------------------===//

namespace {
struct Standardized {
  Value value, mean, variance; // moments with their axes kept
};
} // namespace

static Value divideByDeviation(TensorBuilder &t, Value centred, Value variance, double eps) {
  return t.div(centred, t.make<SqrtOp>(t.add(variance, t.scalar(eps, variance))));
}

/// x less its mean over axes, divided by its deviation. The second pass is over differences from the mean.
static Standardized standardize(TensorBuilder &t, Value x, ArrayRef<int64_t> axes, double eps) {
  Size count(1);
  for (int64_t axis : axes)
    count = count * sizesOf(x)[axis];
  Value mean = t.divideBySize(t.sum(x, axes, /*keep=*/true), count), centred = t.sub(x, mean);
  Value variance = t.divideBySize(t.sum(t.make<SquareOp>(centred), axes, /*keep=*/true), count);
  return {divideByDeviation(t, centred, variance, eps), mean, variance};
}

/// A parameter of one number a channel, shaped to broadcast to x.
static Value alongChannels(TensorBuilder &t, Value parameter, Value x) {
  SmallVector<Size> sizes(tensorType(x).getRank() - 1, Size(1));
  sizes[0] = sizesOf(x)[1];
  return t.reshape(parameter, sizes);
}

SmallVector<Value> LayerNormOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value y = standardize(t, getX(), tensorType(getX()).getRank() - 1, getEps().convertToDouble()).value;
  return {getAffine().empty() ? y : t.add(t.mul(y, getAffine()[0]), getAffine()[1])};
}

/// y times a weight a channel plus a bias, where there are such.
static Value applyAffine(TensorBuilder &t, Value y, ValueRange affine) {
  if (affine.empty())
    return y;
  return t.add(t.mul(y, alongChannels(t, affine[0], y)), alongChannels(t, affine[1], y));
}

SmallVector<Value> RmsNormOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  int64_t axis = tensorType(getX()).getRank() - 1;
  Value squares = t.sum(t.make<SquareOp>(getX()), axis, /*keep=*/true);
  Value y = divideByDeviation(t, getX(), t.divideBySize(squares, sizesOf(getX())[axis]), getEps().convertToDouble());
  return {getWeight() ? t.mul(y, getWeight()) : y};
}

/// Whether the op runs in its training form: in a loss, but not in a frozen part of its model.
static bool isTraining(Operation *op) { return getKind(op->getParentOp()) == "loss" && !op->hasAttr("vae.frozen"); }

/// What moves the buffer before `place`: an earlier call with the same weights. Null where there is none.
static UpdateOp findEarlierMove(Operation *place, FlatSymbolRefAttr buffer) {
  for (auto update : place->getBlock()->getOps<UpdateOp>())
    if (update.getRefAttr() == buffer && update->isBeforeInBlock(place))
      return update;
  return {};
}

/// Moves a buffer towards a value of this step, where it is a buffer of the model and `moves` is not 0; from where an
/// earlier call has moved it to, as PyTorch's layers do that are called twice.
static void moveBuffer(OpBuilder &builder, Value buffer, Value value, Value moves, double momentum) {
  auto read = buffer.getDefiningOp<ReadOp>();
  if (!read)
    return;
  UpdateOp earlier = findEarlierMove(&*builder.getInsertionPoint(), read.getRefAttr());
  Value from = earlier ? earlier.getValue() : buffer;
  TensorBuilder t(builder, value.getLoc());
  Value step = t.sub(t.reshape(value, sizesOf(buffer)), from);
  Value moved = t.add(from, t.mul(t.scalar(momentum, buffer), step));
  UpdateOp::create(builder, value.getLoc(), read.getRefAttr(), t.where(moves, moved, from));
  if (earlier)
    earlier.erase();
}

SmallVector<Value> BatchNormOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value x = getX(), y;
  double eps = getEps().convertToDouble(), momentum = getMomentum().convertToDouble();
  if (isTraining(*this)) {
    SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, tensorType(x).getRank()));
    axes.erase(axes.begin() + 1);
    Standardized standard = standardize(t, x, axes, eps);
    SmallVector<Size> sizes = sizesOf(x);
    sizes.erase(sizes.begin() + 1);
    Size count = product(sizes);
    // n / (n - 1) of the biased variance; one value has none, and says nothing of others.
    Value total = t.mul(standard.variance, t.sizeOf(count, x)), others = t.sizeOf(count - Size(1), total);
    Value unbiased = t.div(total, t.make<MaxOp>(others, t.scalar(1, total)));
    moveBuffer(builder, getRunningMean(), standard.mean, others, momentum);
    moveBuffer(builder, getRunningVar(), unbiased, others, momentum);
    y = standard.value;
  } else {
    Value centred = t.sub(x, alongChannels(t, getRunningMean(), x));
    y = divideByDeviation(t, centred, alongChannels(t, getRunningVar(), x), eps);
  }
  return {applyAffine(t, y, {getWeight(), getBias()})};
}

Built DropoutOp::buildBuiltin(BuiltinCall &call) { return buildWithRng(call, getOperationName()); }

SmallVector<Value> DropoutOp::decompose(OpBuilder &builder) {
  if (!isTraining(*this) || getP().isZero())
    return {getX()};
  Value noise = UniformOp::create(builder, getLoc(), getRng(), program::ShapeAttr::get(getContext(), sizesOf(getX())),
                                  builder.getF64FloatAttr(0), builder.getF64FloatAttr(1), getSiteAttr());
  return buildFromNoise(builder, noise);
}

SmallVector<Value> DropoutOp::buildFromNoise(OpBuilder &builder, Value noise) {
  TensorBuilder t(builder, getLoc());
  double p = getP().convertToDouble();
  Value kept = t.make<GreaterEqualOp>(noise, t.scalar(p, noise));
  return {t.where(kept, t.div(getX(), t.scalar(1 - p, noise)), t.scalar(0, noise))};
}
