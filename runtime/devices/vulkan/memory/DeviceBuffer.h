// Buffers in device memory: which type, from which heap, within which limits.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_MEMORY_DEVICEBUFFER_H
#define VAE_RUNTIME_DEVICES_VULKAN_MEMORY_DEVICEBUFFER_H

#include "runtime/devices/vulkan/context/Context.h"

namespace vae::runtime::vulkan {

/// Bytes taken from a memory heap; given back when it ends.
class HeapCharge {
public:
  HeapCharge() = default;
  HeapCharge(std::atomic<uint64_t> &heap, uint64_t bytes) : heap(&heap), bytes(bytes) { heap += bytes; }
  HeapCharge(HeapCharge &&other) noexcept : heap(std::exchange(other.heap, nullptr)), bytes(other.bytes) {}
  HeapCharge &operator=(HeapCharge &&other) noexcept {
    std::swap(heap, other.heap);
    std::swap(bytes, other.bytes);
    return *this;
  }
  ~HeapCharge() {
    if (heap)
      *heap -= bytes;
  }

private:
  std::atomic<uint64_t> *heap = nullptr;
  uint64_t bytes = 0;
};

/// A buffer of its own memory. `mapped` is null where the host cannot reach it.
struct DeviceBuffer {
  HeapCharge charge;
  MemoryHandle memory;
  BufferHandle buffer; ///< after `memory`: ends first
  uint64_t size = 0;
  std::byte *mapped = nullptr;
};

/// Where a buffer should live.
enum class Residence {
  device,  ///< fast for kernels; mapped where the device's memory is cached host memory too
  staging, ///< always mapped; for copies to and from the device
};

/// Allocates a buffer of `bytes` (1 or more) for storage and copies. outOfMemory names the size and the limit.
Result<DeviceBuffer> allocateBuffer(Context &context, uint64_t bytes, Residence residence);

/// A further VkBuffer over [offset, offset + bytes) of a buffer's memory.
Result<BufferHandle> makeView(Context &context, const DeviceBuffer &buffer, uint64_t offset, uint64_t bytes);

/// Bytes that the heap of `Residence::device` still has.
uint64_t availableMemory(const Context &context);

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_MEMORY_DEVICEBUFFER_H
