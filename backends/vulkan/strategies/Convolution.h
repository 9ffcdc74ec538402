// Strategy for convolutions: a product of windows and filters whose tiles pass through shared memory.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_CONVOLUTION_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_CONVOLUTION_H

#include "backends/vulkan/ShaderBuilder.h"

namespace vae::vulkan {

/// Rows are output pixels, columns a group's outputs, k runs over taps and then channels. Windows of every kind; those
/// of transposed convolutions by phases. Sums run over k in ascending order with fused multiply-adds where the device
/// has them; for four outputs or fewer in four parts, joined in a fixed order.
Shader emitConvolution(const Kernel &kernel);

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_CONVOLUTION_H
