// How a Vulkan device behaves beyond the default: validation, debugging aids, and paths that other hardware would take.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_DEBUGOPTIONS_H
#define VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_DEBUGOPTIONS_H

#include "runtime/base/Status.h"

namespace vae::runtime::vulkan {

/// The environment variable that `parseDebugOptions` is fed from: `VAE_VULKAN=validation,timeout=5`.
inline constexpr const char *optionsVariable = "VAE_VULKAN";

struct DebugOptions {
  /// `validation`: core and synchronisation checks by VK_LAYER_KHRONOS_validation; every message is an error.
  bool validation = false;
  /// `gpu-assisted`: validation that also looks at memory accesses inside shaders (slow). Sets `descriptor-sets` too,
  /// for it takes pushed descriptors for missing ones.
  bool gpuAssisted = false;
  /// `separate-buffers`: one VkBuffer a tensor, so that validation sees an access beyond a tensor.
  bool separateBuffers = false;
  /// `staging`: copy through a staging buffer even where the device's memory could be mapped.
  bool staging = false;
  /// `descriptor-sets`: plain descriptor sets even where push descriptors are offered.
  bool descriptorSets = false;
  /// `timeout=<seconds>`: how long one submission may run.
  double timeoutSeconds = 600;
};

/// Parses words separated by commas; an unknown word is an error.
Result<DebugOptions> parseDebugOptions(std::string_view text);

/// The options that the environment states; the defaults where it states none.
Result<DebugOptions> optionsFromEnvironment();

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_DEBUGOPTIONS_H
