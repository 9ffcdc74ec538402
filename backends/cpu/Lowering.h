// From the loops that strategies write to LLVM IR.
#ifndef VAE_BACKENDS_CPU_LOWERING_H
#define VAE_BACKENDS_CPU_LOWERING_H

#include "backends/common/KernelView.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"

namespace vae::cpu {

/// Loads the dialects that strategies and the lowering make.
void loadDialects(mlir::MLIRContext &context);

/// Lowers a module of loops on vectors and memrefs to the LLVM dialect, in place.
mlir::LogicalResult lowerToLlvm(mlir::ModuleOp module);

/// Translates, and adds `symbol`, the function of the kernel ABI, which unpacks its arguments and calls
/// `<symbol>.body`.
std::unique_ptr<llvm::Module> translate(mlir::ModuleOp module, const KernelView &kernel, llvm::StringRef symbol,
                                        llvm::LLVMContext &context);

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_LOWERING_H
