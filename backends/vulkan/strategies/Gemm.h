// Strategy for matrix products: every thread holds a small tile of the result in registers.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_GEMM_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_GEMM_H

#include "backends/vulkan/ShaderBuilder.h"

namespace vae::vulkan {

/// Both sides in either order, the right side also in panels32; leading batch loops; prologues inlined where the sides
/// are loaded; an epilogue on the tile. Sums run over k in ascending order with fused multiply-adds where the device
/// has them.
Shader emitGemm(const Kernel &kernel);

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_GEMM_H
