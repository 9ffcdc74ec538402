// Which values of a module's functions are computed by equal expressions.
#ifndef VAE_PASSES_FUSED_VALUENUMBERS_H
#define VAE_PASSES_FUSED_VALUENUMBERS_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include <map>

namespace vae {

/// Numbers values of pure ops without regions: two have one number where the ops that make them are equal and their
/// operands have equal numbers. No op that was asked about is erased while this lives.
class ValueNumbers {
public:
  unsigned get(mlir::Value value);

private:
  /// Name, attributes and type of the op that makes a value, which of its results it is, its operands' numbers.
  using Expression = std::tuple<const void *, const void *, const void *, unsigned, std::vector<unsigned>>;
  Expression describe(mlir::OpResult value) const;

  llvm::DenseMap<mlir::Value, unsigned> numbers;
  std::map<Expression, unsigned> expressions;
};

} // namespace vae

#endif // VAE_PASSES_FUSED_VALUENUMBERS_H
