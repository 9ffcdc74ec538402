// When a kernel's result may be written over an input.
#ifndef VAE_IR_PROGRAM_KERNELS_TIES_H
#define VAE_IR_PROGRAM_KERNELS_TIES_H

#include "ir/program/Program.h"

namespace vae::program {

/// Why result `result` may not be written over input `input`; empty where it may: they are of one type, and of the body
/// only the op that makes the result reads the input, each element where it writes it.
llvm::StringRef findTieObstacle(KernelOp kernel, unsigned result, unsigned input);

} // namespace vae::program

#endif // VAE_IR_PROGRAM_KERNELS_TIES_H
