// What strategies that multiply matrices cost, and what they refuse.
#include "backends/cpu/strategies/Strategy.h"

using namespace mlir;
using namespace vae;

Match cpu::estimateProducts(const KernelView &kernel) {
  for (const KernelOperand &input : kernel.root.inputs)
    if (Type type = input.scalar.getType(); !type.isF32()) {
      std::string text;
      llvm::raw_string_ostream(text) << "multiplies matrices of " << type;
      return refuse(text);
    }
  return estimateOperations(kernel);
}
