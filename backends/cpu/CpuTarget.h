// The CPUs that kernels are compiled for.
#ifndef VAE_BACKENDS_CPU_CPUTARGET_H
#define VAE_BACKENDS_CPU_CPUTARGET_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace vae::cpu {

/// An x86-64 level and the register tile that fills it.
struct CpuTarget {
  llvm::StringLiteral name; // also LLVM's name of the CPU
  int64_t vectorWidth;      // f32 lanes of a register
  int64_t tileRows;         // rows of the gemm's register tile
  int64_t tileColumns;      // columns of it: divides the width of a panel
};

/// Null for a name that is no CPU target.
const CpuTarget *findTarget(llvm::StringRef name);
llvm::SmallVector<llvm::StringRef> getTargetNames();
/// The name of the best that this machine can run.
llvm::StringRef getHostTarget();

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_CPUTARGET_H
