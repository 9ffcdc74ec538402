// What each target's kernels may ask of it, which the passes keep before any backend sees a kernel.
#ifndef VAE_BACKENDS_TARGETLIMITS_H
#define VAE_BACKENDS_TARGETLIMITS_H

#include "llvm/ADT/StringRef.h"

namespace vae {

/// The most tensors that one kernel for the target reads and writes.
unsigned getMaxBuffers(llvm::StringRef target);

} // namespace vae

#endif // VAE_BACKENDS_TARGETLIMITS_H
