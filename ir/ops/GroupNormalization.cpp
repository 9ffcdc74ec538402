// Norms over groups of channels: moments in parts, one pass over x each for those and for what comes of them.
#include "ir/Shapes.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Normalization.h"
#include "ir/ops/Reductions.h"

using namespace mlir;
using namespace vae;

namespace {

/// Standardises groups of neighbouring channels of each example of x [B, C, ...]. Only what belongs to a channel or to a
/// group takes the shape of groups: x is read as it lies, so that its channels may as well lie last.
class GroupStandardizer {
public:
  GroupStandardizer(OpBuilder &builder, Operation *norm, Size groups, const APFloat &eps);
  Value standardize();
  void differentiate(Value gradient, Gradients &gradients);

private:
  /// Of parts of each channel, [B, C, parts...].
  struct Parts {
    Value means, squares; // squares of differences from the mean, summed; null where a part is one element
    Size size;
  };
  Parts measureParts();
  Value measureMean(Value means);
  Value measureVariance(const Parts &parts);
  Value group(Value ofChannels);
  Value spread(Value ofGroups);
  Value alongChannels(Value parameter);
  Value weight() { return t.reshape(affine[0], {groups, width}); }
  Value scale();
  Value meanOfGroup(Value x) { return t.divideBySize(t.sum(x, 2, /*keep=*/true), members); }

  TensorBuilder t;
  Value x;
  ValueRange affine; // a weight and a bias a channel, or none
  SmallVector<Size> sizes;
  Size groups, width, members; // how many groups, channels of one, elements of one
  Value mean, deviation;       // of groups, [B, groups, 1]
  Value centred;               // x less its mean
};

} // namespace

/// A part is what one sum goes over before sums of parts are joined: whole axes, the last ones, of about so many
/// elements at most. Long enough for the parts' moments to be a small share of x, short enough to leave parallel work.
static constexpr double nominalPart = 1024;

/// The last axes of a channel that make a part, at least one.
static SmallVector<int64_t> choosePartAxes(ArrayRef<Size> sizes) {
  SmallVector<int64_t> axes;
  double elements = 1;
  for (int64_t axis = static_cast<int64_t>(sizes.size()) - 1; axis >= 2; --axis) {
    elements *= static_cast<double>(sizes[axis].evaluateAt(64).value_or(64));
    if (!axes.empty() && elements > nominalPart)
      break;
    axes.insert(axes.begin(), axis);
  }
  return axes;
}

GroupStandardizer::GroupStandardizer(OpBuilder &builder, Operation *norm, Size groups, const APFloat &eps)
    : t(builder, norm->getLoc()), x(norm->getOperand(0)), affine(norm->getOperands().drop_front()), sizes(sizesOf(x)),
      groups(groups), width(*sizes[1].divide(groups)), members(width * product(ArrayRef(sizes).drop_front(2))) {
  Parts parts = measureParts();
  mean = measureMean(parts.means);
  Value variance = measureVariance(parts);
  deviation = t.make<SqrtOp>(t.add(variance, t.scalar(eps.convertToDouble(), variance)));
  centred = t.sub(x, spread(mean));
}

/// One pass over x. Sums go over differences from the first element of each part, so that nothing cancels where the mean
/// is far from zero: that element is one of the sample, hence no further from the mean than deviations go.
GroupStandardizer::Parts GroupStandardizer::measureParts() {
  SmallVector<int64_t> axes = choosePartAxes(sizes);
  if (axes.empty())
    return {x, Value(), Size(1)};
  Value first = x;
  SmallVector<Size> kept(ArrayRef(sizes).drop_back(axes.size()));
  for (int64_t axis : axes)
    first = t.slice(first, axis, Size(0), Size(1));
  Size size = product(ArrayRef(sizes).take_back(axes.size()));
  Value difference = t.sub(x, first);
  Value sum = t.sum(difference, axes), squares = t.sum(t.make<SquareOp>(difference), axes);
  Value shift = t.divideBySize(sum, size);
  return {t.add(t.reshape(first, kept), shift), t.sub(squares, t.mul(sum, shift)), size};
}

/// What channels hold, [B, C, ...], as [B, groups, width, rest].
Value GroupStandardizer::group(Value ofChannels) {
  SmallVector<Size> own = sizesOf(ofChannels);
  return t.reshape(ofChannels, {own[0], groups, width, product(ArrayRef(own).drop_front(2))});
}

/// The mean of the parts' means, all of one weight; again by differences from the first.
Value GroupStandardizer::measureMean(Value means) {
  Value grouped = group(means);
  Value first = t.slice(t.slice(grouped, 2, Size(0), Size(1)), 3, Size(0), Size(1));
  Value sum = t.sum(t.sub(grouped, first), {2, 3});
  Size count = width * sizesOf(grouped)[3];
  Value ofGroups = t.add(t.reshape(first, {sizes[0], groups}), t.divideBySize(sum, count));
  return t.reshape(ofGroups, {sizes[0], groups, Size(1)});
}

Value GroupStandardizer::measureVariance(const Parts &parts) {
  Value between = t.make<SquareOp>(t.sub(group(parts.means), t.reshape(mean, {sizes[0], groups, Size(1), Size(1)})));
  Value all = parts.squares ? t.add(group(parts.squares), t.mul(between, t.sizeOf(parts.size, between))) : between;
  return t.divideBySize(t.reshape(t.sum(all, {2, 3}), {sizes[0], groups, Size(1)}), members);
}

/// What groups hold, [B, groups, 1 or width], shaped to broadcast to x.
Value GroupStandardizer::spread(Value ofGroups) {
  SmallVector<Size> full{sizes[0], groups, width}, shape(sizes.size(), Size(1));
  std::copy_n(sizes.begin(), 2, shape.begin());
  return t.reshape(sizesOf(ofGroups) == full ? ofGroups : t.broadcast(ofGroups, full), shape);
}

Value GroupStandardizer::alongChannels(Value parameter) {
  SmallVector<Size> shape(sizes.size() - 1, Size(1));
  shape[0] = sizes[1];
  return t.reshape(parameter, shape);
}

/// What differences from the mean are multiplied by.
Value GroupStandardizer::scale() {
  return spread(t.div(affine.empty() ? t.scalar(1, deviation) : weight(), deviation));
}

Value GroupStandardizer::standardize() {
  Value y = t.mul(centred, scale());
  return affine.empty() ? y : t.add(y, alongChannels(affine[1]));
}

/// With g the gradient, c what is centred, w the weight and s the deviation, means over a group:
/// dx = g w/s - mean(g w)/s - c mean(g w c)/s^3, dw = sum(g c/s), db = sum(g). One pass sums g and g c over each
/// channel, a second one makes dx.
void GroupStandardizer::differentiate(Value gradient, Gradients &gradients) {
  auto axes = llvm::to_vector(llvm::seq<int64_t>(2, sizes.size()));
  auto sumOfChannel = [&](Value value) {
    return t.reshape(axes.empty() ? value : t.sum(value, axes), {sizes[0], groups, width});
  };
  Value sums = sumOfChannel(gradient), products = t.div(sumOfChannel(t.mul(gradient, centred)), deviation);
  auto weighted = [&](Value value) { return affine.empty() ? value : t.mul(value, weight()); };
  Value shift = t.div(meanOfGroup(weighted(sums)), deviation);
  Value slope = t.div(meanOfGroup(weighted(products)), t.make<SquareOp>(deviation));
  gradients.push_back(t.sub(t.sub(t.mul(gradient, scale()), spread(shift)), t.mul(centred, spread(slope))));
  if (!affine.empty())
    for (Value ofChannels : {products, sums})
      gradients.push_back(t.reshape(t.sum(ofChannels, 0), {sizes[1]}));
}

//===-- Ops -----------------------------------------------------------------------===//

static GroupStandardizer standardizerOf(GroupNormOp op, OpBuilder &builder) {
  return {builder, op, Size(static_cast<int64_t>(op.getGroups())), op.getEps()};
}

/// Each channel is a group.
static GroupStandardizer standardizerOf(InstanceNormOp op, OpBuilder &builder) {
  return {builder, op, sizesOf(op.getX())[1], op.getEps()};
}

SmallVector<Value> GroupNormOp::decompose(OpBuilder &builder) { return {standardizerOf(*this, builder).standardize()}; }
SmallVector<Value> InstanceNormOp::decompose(OpBuilder &builder) {
  return {standardizerOf(*this, builder).standardize()};
}

void GroupNormOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  standardizerOf(*this, builder).differentiate(resultGradients[0], gradients);
}
void InstanceNormOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, Gradients &gradients) {
  standardizerOf(*this, builder).differentiate(resultGradients[0], gradients);
}
