// Vulkan's strategies: each decides what a thread and a workgroup do of a kernel and writes the shader.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_STRATEGY_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_STRATEGY_H

#include "backends/common/Strategy.h"
#include "backends/vulkan/Emitter.h"

namespace vae::vulkan {

using Strategy = StrategyOf<Shader(const KernelView &kernel)>;

#define STRATEGY(name) extern const Strategy name;
#include "backends/vulkan/strategies/Strategies.def"

#define STRATEGY(name) &name,
inline constexpr const StrategyEntry *strategies[] = {
#include "backends/vulkan/strategies/Strategies.def"
};

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_STRATEGY_H
