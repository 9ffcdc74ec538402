// The axes along which a kernel may run in pieces.
#ifndef VAE_IR_PROGRAM_KERNELS_CUTS_H
#define VAE_IR_PROGRAM_KERNELS_CUTS_H

#include "ir/program/Program.h"

namespace vae::program {

/// An axis of a kernel's results along which it may run in pieces: over a stretch of every tensor that has the axis, the
/// others whole, with the stretch's length as its size, it gives that stretch of each result, but for elements whose reach
/// leaves the stretch.
struct Cut {
  llvm::SmallVector<Reach> reaches; ///< by binding: tensor arguments, then results that are not tied to one
  llvm::SmallVector<int64_t> sizes; ///< the size arguments that are lengths along it, which say nothing else
};

/// The cuts of a kernel, by axis of its first result; only axes whose sizes are known at run time alone. None where what
/// the kernel computes depends on where an element lies, as random numbers do.
llvm::SmallVector<Cut> findCuts(KernelOp kernel);

} // namespace vae::program

#endif // VAE_IR_PROGRAM_KERNELS_CUTS_H
