// Strategy for kernels that reduce over some loops: a few threads share each output and join their parts in a fixed
// tree.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_REDUCTION_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_REDUCTION_H

#include "backends/vulkan/ShaderBuilder.h"

namespace vae::vulkan {

/// Rows, columns or whole tensors; several results; side results of every iteration; an epilogue on the reduced values.
/// The order of additions depends on the shapes only.
Shader emitReduction(const Kernel &kernel);

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_REDUCTION_H
