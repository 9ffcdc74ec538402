// Copies between the host and device memory that the host cannot reach.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_MEMORY_STAGING_H
#define VAE_RUNTIME_DEVICES_VULKAN_MEMORY_STAGING_H

#include "runtime/devices/vulkan/memory/DeviceBuffer.h"

namespace vae::runtime::vulkan {

/// One copy: `bytes` at `offset` of a device buffer, from or to host memory.
struct HostCopy {
  VkBuffer buffer = VK_NULL_HANDLE;
  uint64_t offset = 0;
  std::byte *host = nullptr; ///< only read by uploads
  uint64_t bytes = 0;
};

/// A staging buffer with its commands. One thread at a time. The buffer is made at first use and grows up to a bound;
/// what is larger goes in several rounds.
class Staging {
public:
  static Result<Staging> create(Context &context);

  /// Uploads, runs `commands` (may be null), downloads: in one submission where all of it fits the bound.
  Status run(std::span<const HostCopy> uploads, VkCommandBuffer commands, std::span<const HostCopy> downloads,
             std::string_view name);

private:
  explicit Staging(Context &context) : context(&context) {}
  Status reserve(uint64_t bytes);
  Status runInOneRound(std::span<const HostCopy> uploads, VkCommandBuffer commands, std::span<const HostCopy> downloads,
                       std::string_view name);
  Status recordUploads(std::span<const HostCopy> copies);
  Status recordDownloads(std::span<const HostCopy> copies, uint64_t at);
  Status begin(VkCommandBuffer commands);

  Context *context;
  DeviceBuffer buffer;
  CommandPoolHandle pool;
  FenceHandle fence;
  VkCommandBuffer before = VK_NULL_HANDLE;
  VkCommandBuffer after = VK_NULL_HANDLE;
};

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_MEMORY_STAGING_H
