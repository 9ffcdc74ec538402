// A function around one op, and what tests do to it: decompose, differentiate. For tests only.
#ifndef VAE_TESTS_OPS_VALUES_OPCASE_H
#define VAE_TESTS_OPS_VALUES_OPCASE_H

#include "tests/ops/values/Interpreter.h"

namespace vae::test {

/// One op to test: the text of its line (operands %a, %b, ...; result %y), its types, and where its arguments lie.
struct OpCase {
  std::string op;
  std::vector<std::string> arguments;
  std::string result;
  std::string line;
  double low = -2, high = 2;
};

/// A context with the dialects loaded.
struct Fixture {
  mlir::MLIRContext context;
  Fixture();
};

/// A batch of run-time size.
inline const std::string kBatch = "tensor<?x4xf64, #program.shape<\"B\", 4>>";

/// The gradient cases of a family.
std::vector<OpCase> normalizationCases();
std::vector<OpCase> attentionCases();
std::vector<OpCase> discreteCases();
std::vector<OpCase> poolingCases();

/// The case as a module of one function.
mlir::OwningOpRef<mlir::ModuleOp> parse(mlir::MLIRContext &context, const OpCase &test);
mlir::func::FuncOp functionOf(mlir::ModuleOp module);

/// Replaces decomposable ops until none is left, or none but those that build their own gradient.
void decomposeAll(mlir::func::FuncOp function, bool keepDifferentiable = false);

/// Makes the function return the gradients of its arguments, given one more argument: the gradient of its result.
void differentiate(mlir::func::FuncOp function);

} // namespace vae::test

#endif // VAE_TESTS_OPS_VALUES_OPCASE_H
