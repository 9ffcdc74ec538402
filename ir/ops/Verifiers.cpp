// What ODS and inference cannot say.
#include "ir/Ops.h"
#include "ir/training/Schedules.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace vae;

LogicalResult GeluOp::verify() {
  if (getApproximate() != "none" && getApproximate() != "tanh")
    return emitOpError() << "approximates by \"" << getApproximate() << "\"; there are \"none\" and \"tanh\"";
  return success();
}

LogicalResult ClampOp::verify() {
  double lo = getLo().convertToDouble(), hi = getHi().convertToDouble();
  if (!(lo <= hi))
    return emitOpError() << "limits to the empty interval [" << getFormulaNumber(lo) << ", " << getFormulaNumber(hi)
                         << "]";
  return success();
}

LogicalResult HuberOp::verify() {
  if (double delta = getDelta().convertToDouble(); !(delta > 0))
    return emitOpError() << "changes over at " << getFormulaNumber(delta) << "; `delta` is positive";
  return success();
}

LogicalResult DiscretizedLogisticNllOp::verify() {
  double lo = getLo().convertToDouble(), hi = getHi().convertToDouble();
  if (int64_t levels = getLevels(); levels < 2 || !(lo < hi))
    return emitOpError() << "has " << levels << " levels from " << getFormulaNumber(lo) << " to "
                         << getFormulaNumber(hi) << "; there are at least 2, from a lower to a higher one";
  return success();
}

LogicalResult LaplaceLogitNllOp::verify() {
  if (double eps = getEps().convertToDouble(); !(eps > 0 && eps < 0.5))
    return emitOpError() << "keeps " << getFormulaNumber(eps) << " from both ends; `eps` lies between 0 and 0.5";
  return success();
}

LogicalResult SizeOp::verify() {
  std::optional<Size> size = Size::parse(getSize());
  if (!size || size->str() != getSize())
    return emitOpError() << "of \"" << getSize() << "\", which is no size in canonical form";
  return success();
}

/// The symbol names something that carries a tensor of that type: a parameter, a state, a constant.
static LogicalResult verifyTensorSymbol(Operation *op, FlatSymbolRefAttr ref, Type type,
                                        SymbolTableCollection &symbols) {
  Operation *symbol = symbols.lookupNearestSymbolFrom(op, ref);
  if (!symbol)
    return op->emitOpError() << "names " << ref << ", which is not declared";
  auto declared = symbol->getAttrOfType<TypeAttr>("type");
  if (!declared)
    return op->emitOpError() << "names " << ref << ", which is no parameter or state";
  if (declared.getValue() != type) {
    InFlightDiagnostic diagnostic = op->emitOpError()
                                    << "of " << type << " names " << ref << " of " << declared.getValue();
    diagnostic.attachNote(symbol->getLoc()) << "declared here";
    return diagnostic;
  }
  return success();
}

LogicalResult ReadOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyTensorSymbol(*this, getRefAttr(), getResult().getType(), symbols);
}

LogicalResult UpdateOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyTensorSymbol(*this, getRefAttr(), getValue().getType(), symbols);
}

LogicalResult MinimizeOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, getLossAttr()))
    return emitOpError() << "names " << getLossAttr() << ", which is no function";
  auto optimizer = RegisteredOperationName::lookup(("vae." + getOptimizer()).str(), getContext());
  if (!optimizer || !optimizer->hasInterface<OptimizerOpInterface>())
    return emitOpError() << "names \"" << getOptimizer() << "\", which is no optimiser";
  for (auto option : getOptions().value_or(ArrayAttr::get(getContext(), {})).getAsRange<DictionaryAttr>()) {
    auto name =
        option.size() == 1
            ? RegisteredOperationName::lookup(("vae." + option.begin()->getName().getValue()).str(), getContext())
            : std::nullopt;
    if (!name || !name->hasInterface<StepOptionOpInterface>() || !isa<DictionaryAttr>(option.begin()->getValue()))
      return emitOpError() << "has " << option << ", which is no option with its arguments";
  }
  for (NamedAttribute schedule : getSchedules().value_or(DictionaryAttr::get(getContext())))
    if (!isa<StringAttr>(schedule.getValue()))
      return emitOpError() << "schedules " << schedule.getName() << " by " << schedule.getValue()
                           << ", which is no formula";
  return success();
}

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
