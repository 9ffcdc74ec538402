// Device memory that is host memory, for devices that compute on the host.
#ifndef VAE_RUNTIME_DEVICES_HOSTMEMORY_H
#define VAE_RUNTIME_DEVICES_HOSTMEMORY_H

#include "runtime/devices/Device.h"

#include <cstring>

namespace vae::runtime {

class HostMemory final : public DeviceMemory {
public:
  explicit HostMemory(HostBuffer buffer) : DeviceMemory(buffer.size()), buffer(std::move(buffer)) {}

  static Result<std::unique_ptr<DeviceMemory>> allocate(uint64_t bytes, uint64_t alignment, Allocator &allocator) {
    VAE_ASSIGN_OR_RETURN(HostBuffer buffer, HostBuffer::allocate(bytes, alignment, allocator));
    return std::unique_ptr<DeviceMemory>(std::make_unique<HostMemory>(std::move(buffer)));
  }

  Status upload(uint64_t offset, const void *source, uint64_t bytes) override {
    std::memcpy(buffer.data() + offset, source, bytes);
    return {};
  }
  Status download(uint64_t offset, void *destination, uint64_t bytes) override {
    std::memcpy(destination, buffer.data() + offset, bytes);
    return {};
  }
  std::byte *data() { return buffer.data(); }

private:
  HostBuffer buffer;
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_DEVICES_HOSTMEMORY_H
