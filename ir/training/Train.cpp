// What `train` asks for.
#include "ir/training/Train.h"
#include "ir/Messages.h"
#include "ir/ops/Model.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace vae;

LogicalResult MinimizeOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, getLossAttr()))
    return emitOpError() << messages::NotAFunction(getLossAttr());
  auto optimizer = RegisteredOperationName::lookup(("vae." + getOptimizer()).str(), getContext());
  if (!optimizer || !optimizer->hasInterface<OptimizerOpInterface>())
    return emitOpError() << messages::NotAnOptimizer(getOptimizer());
  for (auto option : getOptions().value_or(ArrayAttr::get(getContext(), {})).getAsRange<DictionaryAttr>()) {
    auto name =
        option.size() == 1
            ? RegisteredOperationName::lookup(("vae." + option.begin()->getName().getValue()).str(), getContext())
            : std::nullopt;
    if (!name || !name->hasInterface<StepOptionOpInterface>() || !isa<DictionaryAttr>(option.begin()->getValue()))
      return emitOpError() << messages::NotAnOption(option);
  }
  for (NamedAttribute schedule : getSchedules().value_or(DictionaryAttr::get(getContext())))
    if (!isa<StringAttr>(schedule.getValue()))
      return emitOpError() << messages::ScheduleNotAFormula(schedule.getName(), schedule.getValue());
  return success();
}

LogicalResult UpdateRuleOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto buffer = symbols.lookupNearestSymbolFrom<ParameterOp>(*this, getBufferAttr());
  if (!buffer || !buffer.getFrozen())
    return emitOpError() << messages::NotFrozen(getBufferAttr());
  if (!symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, getLossAttr()))
    return emitOpError() << messages::NotAFunction(getLossAttr());
  auto rule = RegisteredOperationName::lookup(("vae." + getRule()).str(), getContext());
  if (!rule || !rule->hasInterface<BufferRuleOpInterface>())
    return emitOpError() << messages::NotARule(getRule());
  return success();
}
