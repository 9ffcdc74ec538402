// What a backend is: a name, and a function from kernels to code. The driver knows backends only through this header.
#ifndef VAE_BACKENDS_BACKEND_H
#define VAE_BACKENDS_BACKEND_H

#include "ir/program/Program.h"
#include "ir/program/Stages.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace vae::abi {
enum CodeKind : uint8_t; // of package.fbs
}

namespace vae {

/// One factor of a block count: ceil(value / divisor), value being the kernel's size argument `size`, or `constant`
/// where size is -1.
struct GridFactor {
  int64_t size = -1, constant = 1, divisor = 1;
};
/// ceil(product of the factors / divisor); the package schema's GridAxis.
struct GridAxis {
  GridAxis(std::initializer_list<GridFactor> factors = {}, int64_t divisor = 1) : factors(factors), divisor(divisor) {}

  llvm::SmallVector<GridFactor, 4> factors;
  int64_t divisor;
};

/// One kernel compiled for one target.
struct CompiledKernel {
  std::string strategy;                     // name of the strategy that emitted it, "Gemm"
  abi::CodeKind kind{};                     // what the code is, and with it how many axes the grid has
  std::string symbol;                       // native: its function in the target's library
  std::vector<char> code;                   // else: its bytes, which nobody but the target's device reads
  llvm::SmallVector<GridAxis> grid;         // of blocks
  uint64_t scratchBytes = 0;                // native: a thread
  llvm::SmallVector<GridAxis> scratchSizes; // native: further bytes that depend on sizes, the sum of these products
};

/// Attribute of a kernel, a string: the strategy that it shall have wherever that takes it, be it the cheapest or not.
inline constexpr llvm::StringLiteral wishedStrategyAttrName = "program.strategy";

class Backend {
public:
  virtual ~Backend() = default;
  /// The target's name in packages and on the command line: "x86-64-v3", "vulkan". It says nothing to anyone else.
  virtual llvm::StringRef getTarget() const = 0;
  /// Compiles one kernel; reports through MLIR's diagnostics. Called from one thread at a time per backend object;
  /// several objects of one target may work in parallel on kernels of different MLIR contexts.
  virtual mlir::FailureOr<CompiledKernel> compile(program::KernelOp kernel) = 0;
  /// Prints the kernel at a stage of code that this target has (Stages.def), in place of compiling it.
  virtual mlir::LogicalResult print(program::KernelOp kernel, Stage stage, llvm::raw_ostream &out) = 0;
  /// Prints the kernel's form and roles, then what each strategy for that form says of it and which is chosen.
  virtual mlir::LogicalResult explain(program::KernelOp kernel, llvm::raw_ostream &out) = 0;
  /// Links all kernels compiled so far by these objects of one target into one shared object; empty for targets
  /// without libraries.
  virtual mlir::FailureOr<std::vector<char>> link(llvm::ArrayRef<Backend *> siblings) = 0;
};

/// Makes a backend by target name; null for an unknown name.
std::unique_ptr<Backend> createBackend(llvm::StringRef target);
/// All target names, for messages.
llvm::ArrayRef<llvm::StringRef> getTargetNames();
/// What packages are made for where nobody says: the target of each backend that fits this machine best.
llvm::ArrayRef<llvm::StringRef> getHostTargets();

} // namespace vae

#endif // VAE_BACKENDS_BACKEND_H
