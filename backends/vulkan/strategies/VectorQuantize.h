// Strategy for nearest codes: the product's tiles, compared as they come.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_VECTORQUANTIZE_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_VECTORQUANTIZE_H

#include "backends/vulkan/ShaderBuilder.h"

namespace vae::vulkan {

/// A workgroup takes some rows and walks all codes; each thread keeps the best of its columns for its rows, and the
/// threads of a row compare theirs at the end, the lowest code of equal ones first. Then they share the row's epilogue;
/// its sums run over k in an order that depends on shapes only.
Shader emitVectorQuantize(const Kernel &kernel);

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_VECTORQUANTIZE_H
