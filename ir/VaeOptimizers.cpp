// Optimisers' states and the scalars that the host computes for them.
#include "ir/Schedules.h"
#include "ir/VaeOps.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace vae;

/// An argument as words of a formula: its number, or the formula of its schedule.
static std::string formulaOf(DictionaryAttr arguments, StringRef name) {
  Attribute argument = arguments.get(name);
  if (auto formula = dyn_cast<StringAttr>(argument))
    return formula.str();
  return getFormulaNumber(cast<FloatAttr>(argument).getValueAsDouble());
}

SmallVector<StringRef> AdamOp::getStateNames() { return {"m", "v"}; }

/// rate = lr / (1 - beta1^t), correction = sqrt(1 - beta2^t), where t = step + 1.
SmallVector<std::string> AdamOp::getScalarFormulas(DictionaryAttr arguments) {
  std::string lr = formulaOf(arguments, "lr"), beta1 = formulaOf(arguments, "beta1"),
              beta2 = formulaOf(arguments, "beta2");
  return {llvm::formatv("{0} 1 {1} step 1 + pow - /", lr, beta1), llvm::formatv("1 {0} step 1 + pow - sqrt", beta2)};
}
