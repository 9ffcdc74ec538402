// Reverse-mode differentiation of a flat function.
#ifndef VAE_PASSES_GRAD_GRADIENTS_H
#define VAE_PASSES_GRAD_GRADIENTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace vae {

/// Appends the backward pass of the function's first result, a rank-0 loss, before its terminator. Returns the gradient
/// of each trainable parameter that the loss depends on, by path. Fails with a diagnostic at an op in between that has
/// no gradient.
mlir::FailureOr<llvm::StringMap<mlir::Value>> buildGradients(mlir::func::FuncOp function);

/// Puts what each `vae.gradient` of the function stands for in its place. Fails with a diagnostic as above, and at one
/// of a number that does not depend on its parameter.
mlir::LogicalResult expandGradients(mlir::func::FuncOp function);

} // namespace vae

#endif // VAE_PASSES_GRAD_GRADIENTS_H
