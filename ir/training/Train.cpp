// What `train` asks for.
#include "ir/training/Train.h"
#include "ir/ops/Model.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace vae;

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

LogicalResult UpdateRuleOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto buffer = symbols.lookupNearestSymbolFrom<ParameterOp>(*this, getBufferAttr());
  if (!buffer || !buffer.getFrozen())
    return emitOpError() << "names " << getBufferAttr() << ", which is no frozen parameter";
  if (!symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, getLossAttr()))
    return emitOpError() << "names " << getLossAttr() << ", which is no function";
  auto rule = RegisteredOperationName::lookup(("vae." + getRule()).str(), getContext());
  if (!rule || !rule->hasInterface<BufferRuleOpInterface>())
    return emitOpError() << "names \"" << getRule() << "\", which is no rule";
  return success();
}
