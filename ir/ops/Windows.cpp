// Roots over windows: their shapes, and themselves in a kernel.
#include "ir/ops/Windows.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"

using namespace mlir;
using namespace vae;

/// [batch, height, width, channels] with channels that the groups divide; the channels of a group, or none.
static std::optional<int64_t> channelsOfGroup(Value picture, int64_t groups) {
  SmallVector<Size> sizes = sizesOf(picture);
  std::optional<int64_t> channels = sizes.size() == 4 ? sizes[3].getConstant() : std::nullopt;
  return channels && groups > 0 && *channels % groups == 0 ? std::optional(*channels / groups) : std::nullopt;
}

LogicalResult ConvolveOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  SmallVector<Size> x = sizesOf(adaptor.getX()), filter = sizesOf(adaptor.getFilter());
  ArrayRef<Size> size = adaptor.getSize().getSizes();
  int64_t groups = filter.empty() ? 0 : filter[0].getConstant().value_or(0), out = adaptor.getOut();
  std::optional<int64_t> in = channelsOfGroup(adaptor.getX(), groups);
  bool fits = in && size.size() == 2 && out > 0 && out % groups == 0;
  if (!fits ||
      filter != program::getPackedShape(program::Layout::panels16, {groups, out / groups, adaptor.getRows().getKernel(),
                                                                    adaptor.getColumns().getKernel(), *in}))
    return emitOptionalError(loc, messages::ConvolveOperands(shapeText(x), out, shapeText(filter)));
  types.push_back(
      program::getTensorType({x[0], size[0], size[1], Size(out)}, tensorType(adaptor.getX()).getElementType()));
  return success();
}

LogicalResult FilterGradientOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  int64_t groups = adaptor.getGroups();
  std::optional<int64_t> out = channelsOfGroup(adaptor.getGradient(), groups),
                         in = channelsOfGroup(adaptor.getX(), groups);
  if (!out || !in || sizesOf(adaptor.getGradient())[0] != sizesOf(adaptor.getX())[0])
    return emitOptionalError(loc, messages::FilterGradientOperands(shapeText(adaptor.getGradient().getType()),
                                                                   shapeText(adaptor.getX().getType()), groups));
  types.push_back(program::getTensorType({Size(groups), Size(adaptor.getRows().getKernel()),
                                          Size(adaptor.getColumns().getKernel()), Size(*in), Size(*out)},
                                         tensorType(adaptor.getX()).getElementType()));
  return success();
}

program::KernelForm ConvolveOp::getKernelForm() { return program::KernelForm::Convolution; }

Value ConvolveOp::buildOwnRoot(OpBuilder &builder, ValueRange operands, Value into) {
  return program::ConvolutionOp::create(builder, getLoc(), into.getType(), operands[0], operands[1], into, getRows(),
                                        getColumns());
}

program::KernelForm FilterGradientOp::getKernelForm() { return program::KernelForm::FilterGradient; }

Value FilterGradientOp::buildOwnRoot(OpBuilder &builder, ValueRange operands, Value into) {
  return program::FilterGradientOp::create(builder, getLoc(), into.getType(), operands[0], operands[1], into, getRows(),
                                           getColumns());
}
