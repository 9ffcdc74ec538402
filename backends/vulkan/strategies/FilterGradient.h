// Strategy for gradients of filters: a product over all output pixels whose tiles pass through shared memory.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_FILTERGRADIENT_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_FILTERGRADIENT_H

#include "backends/vulkan/ShaderBuilder.h"

namespace vae::vulkan {

/// Rows are a group's taps and input channels, columns its outputs, k runs over output pixels. A workgroup walks all of
/// them in some parts, joined in a fixed order, so that the same numbers come out however many groups run.
Shader emitFilterGradient(const Kernel &kernel);

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_FILTERGRADIENT_H
