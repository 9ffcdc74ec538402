// The CPU's strategies: each decides how a kernel's work is cut into blocks and writes the loops of one block.
#ifndef VAE_BACKENDS_CPU_STRATEGIES_STRATEGY_H
#define VAE_BACKENDS_CPU_STRATEGIES_STRATEGY_H

#include "backends/Backend.h"
#include "backends/common/Strategy.h"
#include "backends/cpu/Emitter.h"

namespace vae::cpu {

/// `emit` writes the loop over blocks into the emitter's function, and states block count and scratch in `compiled`.
using Strategy = StrategyOf<mlir::LogicalResult(Emitter &emitter, CompiledKernel &compiled)>;

#define STRATEGY(name) extern const Strategy name;
#include "backends/cpu/strategies/Strategies.def"

#define STRATEGY(name) &name,
inline constexpr const StrategyEntry *strategies[] = {
#include "backends/cpu/strategies/Strategies.def"
};

/// As estimateOperations; refuses products of anything but f32, which is what the micro kernel multiplies.
Match estimateProducts(const KernelView &kernel);

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_STRATEGIES_STRATEGY_H
