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

/// The core of the package of a module at stage `plan`: header, FlatBuffer, sections, whole pages. Fails with a
/// diagnostic where the module holds what the schema cannot say.
mlir::FailureOr<std::vector<char>> writePackage(mlir::ModuleOp module, llvm::ArrayRef<TargetCode> targets);

/// Says in the header of such a package that a file of weights of so many bytes follows it (0: none does).
void setWeightsSize(llvm::MutableArrayRef<char> package, uint64_t size);

} // namespace vae

#endif // VAE_BACKENDS_PACKAGE_PACKAGEWRITER_H
