// Ops that hold others.
#include "ir/ops/Regions.h"
#include "ir/Messages.h"

using namespace mlir;
using namespace vae;

YieldOp LoopOp::getYield() { return cast<YieldOp>(getBody().front().getTerminator()); }

LogicalResult LoopOp::verify() {
  std::optional<Size> count = Size::parse(getCount());
  if (!count || count->str() != getCount())
    return emitOpError() << messages::LoopCount(getCount());
  Block &block = getBody().front();
  auto yield = dyn_cast_or_null<YieldOp>(block.empty() ? nullptr : &block.back());
  if (!yield)
    return emitOpError() << messages::NoYield();
  auto turn = RankedTensorType::get({}, IntegerType::get(getContext(), 32));
  if (block.getNumArguments() == 0 || getTurn().getType() != turn)
    return emitOpError() << messages::LoopTurn(turn);
  TypeRange carried = getResultTypes();
  if (getInitial().getTypes() != carried || TypeRange(block.getArgumentTypes()).drop_front() != carried ||
      yield.getOperandTypes() != carried)
    return emitOpError() << messages::LoopTypes(getInitial().getTypes(), yield.getOperandTypes(), carried);
  return success();
}

LogicalResult GroupOp::verify() {
  auto yield = dyn_cast_or_null<YieldOp>(getBody().front().empty() ? nullptr : &getBody().front().back());
  if (!yield)
    return emitOpError() << messages::NoYield();
  if (yield.getOperandTypes() != getResultTypes())
    return emitOpError() << messages::GroupResults(yield.getOperandTypes(), getResultTypes());
  return success();
}
