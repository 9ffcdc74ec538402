// Evaluates vae ops in double precision by what they say of themselves: scalar bodies, folds, contractions. For tests
// only.
#ifndef VAE_TESTS_OPS_VALUES_INTERPRETER_H
#define VAE_TESTS_OPS_VALUES_INTERPRETER_H

#include "ir/Interfaces.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace vae::test {

/// A tensor's value, row-major.
struct Array {
  std::vector<int64_t> shape;
  std::vector<double> data;
};

/// One scalar: a float in `real`, an integer, index or truth in `integer`.
struct Number {
  double real = 0;
  int64_t integer = 0;
};

class Interpreter {
public:
  explicit Interpreter(llvm::StringMap<int64_t> sizes) : sizes(std::move(sizes)) {}

  /// The values of the function's results.
  std::vector<Array> run(mlir::func::FuncOp function, llvm::ArrayRef<Array> arguments);
  /// The shape of a tensor type once the symbols are bound.
  std::vector<int64_t> shapeOf(mlir::Type type) const;

private:
  friend class ElementContext;
  void evaluate(mlir::Operation &op);
  void evaluateElements(ScalarBodyOpInterface op);
  void evaluateReduction(ReductionOpInterface op);
  void evaluateContraction(ContractionOpInterface op);
  void evaluateWindows(mlir::Operation *op);

  llvm::StringMap<int64_t> sizes;
  llvm::DenseMap<mlir::Value, Array> values;
};

/// The value of a scalar built of arith and math ops, from those already known; f32 results are rounded as on a device.
Number evaluateScalar(mlir::Value value, llvm::DenseMap<mlir::Value, Number> &known);

} // namespace vae::test

#endif // VAE_TESTS_OPS_VALUES_INTERPRETER_H
