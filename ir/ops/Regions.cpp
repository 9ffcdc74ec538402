// Ops that hold others.
#include "ir/ops/Regions.h"

using namespace mlir;
using namespace vae;

YieldOp LoopOp::getYield() { return cast<YieldOp>(getBody().front().getTerminator()); }

LogicalResult LoopOp::verify() {
  std::optional<Size> count = Size::parse(getCount());
  if (!count || count->str() != getCount())
    return emitOpError() << "runs \"" << getCount() << "\" times, which is no size in canonical form";
  Block &block = getBody().front();
  auto yield = dyn_cast_or_null<YieldOp>(block.empty() ? nullptr : &block.back());
  if (!yield)
    return emitOpError() << "ends without `vae.yield`";
  auto turn = RankedTensorType::get({}, IntegerType::get(getContext(), 32));
  if (block.getNumArguments() == 0 || getTurn().getType() != turn)
    return emitOpError() << "has a body that does not take the number of its turn, " << turn;
  TypeRange carried = getResultTypes();
  if (getInitial().getTypes() != carried || TypeRange(block.getArgumentTypes()).drop_front() != carried ||
      yield.getOperandTypes() != carried)
    return emitOpError() << "carries " << getInitial().getTypes() << " in, " << yield.getOperandTypes()
                         << " from turn to turn and " << carried << " out; they are the same where it works";
  return success();
}

LogicalResult GroupOp::verify() {
  auto yield = dyn_cast_or_null<YieldOp>(getBody().front().empty() ? nullptr : &getBody().front().back());
  if (!yield)
    return emitOpError() << "ends without `vae.yield`";
  if (yield.getOperandTypes() != getResultTypes())
    return emitOpError() << "yields " << yield.getOperandTypes() << " for results " << getResultTypes();
  return success();
}
