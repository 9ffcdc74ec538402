// Kernels that write results over inputs.
#ifndef VAE_PASSES_PLAN_TIEDKERNELS_H
#define VAE_PASSES_PLAN_TIEDKERNELS_H

#include "ir/program/Program.h"

namespace vae {

/// Kernels of a module with more results tied to inputs than they have by themselves.
class TiedKernels {
public:
  explicit TiedKernels(mlir::SymbolTable &symbols) : symbols(symbols) {}
  /// The kernel with these ties: itself, or a copy, one for equal ties.
  program::KernelOp get(program::KernelOp kernel, llvm::ArrayRef<int64_t> ties);

private:
  mlir::SymbolTable &symbols;
  llvm::DenseMap<std::pair<mlir::Operation *, mlir::Attribute>, program::KernelOp> copies;
};

} // namespace vae

#endif // VAE_PASSES_PLAN_TIEDKERNELS_H
