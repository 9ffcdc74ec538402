// Device memory as the runtime's sessions see it.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_MEMORY_VULKANMEMORY_H
#define VAE_RUNTIME_DEVICES_VULKAN_MEMORY_VULKANMEMORY_H

#include "runtime/devices/Device.h"
#include "runtime/devices/vulkan/memory/Staging.h"

namespace vae::runtime::vulkan {

/// The staging that memories of a device share for copies outside of runs.
struct SharedStaging {
  std::mutex mutex;
  std::optional<Staging> staging; ///< made at first use
};

class VulkanMemory : public DeviceMemory {
public:
  /// `shared` outlives the memory.
  static Result<std::unique_ptr<VulkanMemory>> create(Context &context, SharedStaging &shared, uint64_t bytes);

  Status upload(uint64_t offset, const void *source, uint64_t bytes) override;
  Status download(uint64_t offset, void *destination, uint64_t bytes) override;

  const DeviceBuffer &deviceBuffer() const { return buffer; }
  /// Null where the host can't reach the memory.
  std::byte *mapped() const { return buffer.mapped; }

private:
  VulkanMemory(Context &context, SharedStaging &shared, DeviceBuffer buffer, uint64_t bytes)
      : DeviceMemory(bytes), context(context), shared(shared), buffer(std::move(buffer)) {}
  Status stage(std::span<const HostCopy> uploads, std::span<const HostCopy> downloads);

  Context &context;
  SharedStaging &shared;
  DeviceBuffer buffer;
};

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_MEMORY_VULKANMEMORY_H
