// Writes packages: planned programs and compiled kernels in, the bytes of a .vaep file out.
#ifndef VAE_BACKENDS_PACKAGE_PACKAGEWRITER_H
#define VAE_BACKENDS_PACKAGE_PACKAGEWRITER_H

#include "backends/Backend.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace vae {

/// All kernels of a module compiled for one target, in the module's order, and the linked library where it has one.
struct TargetCode {
  std::string target;
  std::vector<CompiledKernel> kernels;
  std::vector<char> library;
};

/// The bytes of the package of a module at stage `plan`: header, FlatBuffer, page-aligned sections. Fails with a
/// diagnostic where the module holds what the schema cannot say.
mlir::FailureOr<std::vector<char>> writePackage(mlir::ModuleOp module, llvm::ArrayRef<TargetCode> targets);

} // namespace vae

#endif // VAE_BACKENDS_PACKAGE_PACKAGEWRITER_H
