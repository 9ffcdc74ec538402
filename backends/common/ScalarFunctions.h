// Functions of a number that a root brings with it, written where a strategy needs them.
#ifndef VAE_BACKENDS_COMMON_SCALARFUNCTIONS_H
#define VAE_BACKENDS_COMMON_SCALARFUNCTIONS_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace vae {

/// What the block yields as its `result` for x, a scalar or a vector of which all lanes are computed. The block takes one
/// number and holds scalar arithmetic alone.
mlir::Value applyFunction(mlir::ImplicitLocOpBuilder &b, mlir::Block &functions, unsigned result, mlir::Value x);

} // namespace vae

#endif // VAE_BACKENDS_COMMON_SCALARFUNCTIONS_H
