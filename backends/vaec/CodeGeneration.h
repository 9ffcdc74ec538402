// Compiles all kernels of a module for all targets, on several threads.
#ifndef VAE_BACKENDS_VAEC_CODEGENERATION_H
#define VAE_BACKENDS_VAEC_CODEGENERATION_H

#include "backends/package/PackageWriter.h"
#include "backends/vaec/Timing.h"

namespace vae {

/// Of one target: kernels by the strategy that they got, in the time of all threads together, and the link.
struct TargetTimes {
  StepTimes strategies;
  double linkMilliseconds = 0;
};

/// Compiles every kernel of `module` for each named target on up to `threads` threads. Each thread has its own MLIR
/// context, so the module travels as bytecode. The result doesn't depend on the number of threads. Diagnostics of the
/// threads go to `module`'s context. `times`, one a target, may be null.
mlir::FailureOr<std::vector<TargetCode>> generateCode(mlir::ModuleOp module, llvm::ArrayRef<std::string> targets,
                                                      unsigned threads, std::vector<TargetTimes> *times = nullptr);

/// Prints kernels at a stage of code that `target` has, each under a comment with its name and its place in the source.
mlir::LogicalResult printCode(llvm::ArrayRef<program::KernelOp> kernels, llvm::StringRef target, Stage stage,
                              llvm::raw_ostream &out);

/// Prints of each kernel, for each target, the form and what every strategy of that form says of it.
mlir::LogicalResult explainKernels(llvm::ArrayRef<program::KernelOp> kernels, llvm::ArrayRef<std::string> targets,
                                   llvm::raw_ostream &out);

} // namespace vae

#endif // VAE_BACKENDS_VAEC_CODEGENERATION_H
