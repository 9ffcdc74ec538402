// The backend for target "vulkan": kernels to SPIR-V compute shaders.
#ifndef VAE_BACKENDS_VULKAN_VULKANBACKEND_H
#define VAE_BACKENDS_VULKAN_VULKANBACKEND_H

#include "backends/Backend.h"

namespace vae {

inline constexpr llvm::StringLiteral vulkanTarget = "vulkan";
/// The most tensors that a shader reads and writes. Drivers of GPUs bind at least as many storage buffers to a stage;
/// Vulkan itself promises 4, which no fused kernel keeps. A session says so where a device binds fewer.
inline constexpr unsigned maxShaderBuffers = 16;

/// Shaders with entry point "main"; binding i of set 0 is the kernel's i-th buffer; push constants are the sizes as
/// 32-bit words. Any number of workgroups computes the whole dispatch, so a launch may cut each axis of the grid to the
/// device's limit.
std::unique_ptr<Backend> createVulkanBackend();

} // namespace vae

#endif // VAE_BACKENDS_VULKAN_VULKANBACKEND_H
