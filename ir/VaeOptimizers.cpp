// Optimisers' states and the scalars that the host computes for them.
#include "ir/VaeOps.h"
#include "llvm/Support/FormatVariadic.h"
#include <array>
#include <charconv>

using namespace mlir;
using namespace vae;

/// A number of the call in the shortest text that reads back as the same double.
static std::string numberText(DictionaryAttr arguments, StringRef name) {
  double value = cast<FloatAttr>(arguments.get(name)).getValueAsDouble();
  std::array<char, 32> text;
  return std::string(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

SmallVector<StringRef> AdamOp::getStateNames() { return {"m", "v"}; }

/// rate = lr / (1 - beta1^t), correction = sqrt(1 - beta2^t), where t = step + 1.
SmallVector<std::string> AdamOp::getScalarFormulas(DictionaryAttr arguments) {
  std::string lr = numberText(arguments, "lr"), beta1 = numberText(arguments, "beta1"),
              beta2 = numberText(arguments, "beta2");
  return {llvm::formatv("{0} 1 {1} step 1 + pow - /", lr, beta1), llvm::formatv("1 {0} step 1 + pow - sqrt", beta2)};
}
