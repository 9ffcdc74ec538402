// What becomes of a finished piece of the result of a root that is an op of its own.
#ifndef VAE_BACKENDS_CPU_STRATEGIES_ROOTRESULT_H
#define VAE_BACKENDS_CPU_STRATEGIES_ROOTRESULT_H

#include "backends/cpu/Emitter.h"

namespace vae::cpu {

/// Stores the root's values at a place of its result, and what the epilogue makes of them.
void storeRootResult(Emitter &emitter, mlir::Value values, const Point &at);

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_STRATEGIES_ROOTRESULT_H
