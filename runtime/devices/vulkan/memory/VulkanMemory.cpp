// Uploads and downloads outside of runs: through the mapping where there is one, else staged.
#include "runtime/devices/vulkan/memory/VulkanMemory.h"

#include "runtime/abi/kernel.h"
#include "runtime/base/Checked.h"

#include <cstring>

namespace vae::runtime::vulkan {

Result<std::unique_ptr<VulkanMemory>> VulkanMemory::create(Context &context, SharedStaging &shared, uint64_t bytes) {
  // Whole multiples of the alignment, so that a tensor's own buffer (separate-buffers) always fits behind its offset.
  std::optional<uint64_t> rounded = checkedAlign<uint64_t>(bytes, VAE_BUFFER_ALIGNMENT);
  if (!rounded)
    return fail(StatusCode::outOfMemory, "an allocation of ", bytes, " bytes exceeds the range of 64-bit numbers");
  VAE_ASSIGN_OR_RETURN(DeviceBuffer buffer, allocateBuffer(context, *rounded, Residence::device));
  return std::unique_ptr<VulkanMemory>(new VulkanMemory(context, shared, std::move(buffer), bytes));
}

Status VulkanMemory::stage(std::span<const HostCopy> uploads, std::span<const HostCopy> downloads) {
  std::lock_guard lock(shared.mutex);
  if (!shared.staging) {
    VAE_ASSIGN_OR_RETURN(shared.staging, Staging::create(context));
  }
  return shared.staging->run(uploads, VK_NULL_HANDLE, downloads, "copy");
}

Status VulkanMemory::upload(uint64_t offset, const void *source, uint64_t bytes) {
  VAE_RETURN_IF_ERROR(context.health());
  if (bytes == 0)
    return {};
  if (buffer.mapped) {
    std::memcpy(buffer.mapped + offset, source, bytes);
    return {};
  }
  auto *host = const_cast<std::byte *>(static_cast<const std::byte *>(source));
  HostCopy copy = {buffer.buffer.get(), offset, host, bytes};
  return stage({&copy, 1}, {});
}

Status VulkanMemory::download(uint64_t offset, void *destination, uint64_t bytes) {
  VAE_RETURN_IF_ERROR(context.health());
  if (bytes == 0)
    return {};
  if (buffer.mapped) {
    std::memcpy(destination, buffer.mapped + offset, bytes);
    return {};
  }
  HostCopy copy = {buffer.buffer.get(), offset, static_cast<std::byte *>(destination), bytes};
  return stage({}, {&copy, 1});
}

} // namespace vae::runtime::vulkan
