// Strategy for kernels without reductions: every thread computes a few elements, each independent.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_ELEMENTWISE_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_ELEMENTWISE_H

#include "backends/vulkan/ShaderBuilder.h"

namespace vae::vulkan {

/// Any rank, permuted and broadcast inputs, several results, results written over inputs. Four elements a thread where
/// the innermost loop's length is a multiple of four, else one.
Shader emitElementwise(const Kernel &kernel);

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_ELEMENTWISE_H
