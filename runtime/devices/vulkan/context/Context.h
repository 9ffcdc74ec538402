// An opened Vulkan device: its functions, its queue, its failures, and its memory.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_H
#define VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_H

#include "runtime/base/Memory.h"
#include "runtime/devices/vulkan/Handle.h"
#include "runtime/devices/vulkan/PhysicalDevice.h"

#include <array>
#include <atomic>
#include <optional>
#include <span>

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
enum class Placement {
  device,  ///< fast for kernels; mapped where the device's memory is cached host memory too
  staging, ///< always mapped; for copies to and from the device
};

/// Safe to use from several threads. Outlives all handles and buffers made from it.
class Context : public HandleOwner {
public:
  /// `index`: which usable device, nothing for the best. `allocator` outlives the context.
  static Result<std::unique_ptr<Context>> create(const Options &options, std::optional<uint32_t> index,
                                                 Allocator &allocator);
  ~Context() override;

  const Options &options() const { return chosenOptions; }
  const PhysicalDevice &physical() const { return info; }
  bool usesPushDescriptors() const { return pushDescriptors; }
  Allocator &hostAllocator() const { return allocator; }

  /// The error of an earlier failure that the device cannot recover from (lost, no answer in time); success while it
  /// works.
  Status health();

  /// `result` as an error of `action` (and device loss remembered), else the validation messages so far, else success.
  Status finish(VkResult result, std::string_view action);
  Status takeMessages() { return instance->takeMessages(); }

  /// Allocates a buffer of `bytes` (1 or more) for storage and copies. outOfMemory names the size and the limit.
  Result<DeviceBuffer> allocate(uint64_t bytes, Placement placement);

  /// A further VkBuffer over [offset, offset + bytes) of a buffer's memory.
  Result<BufferHandle> makeView(const DeviceBuffer &buffer, uint64_t offset, uint64_t bytes);

  /// Bytes that the heap of `Placement::device` still has.
  uint64_t availableMemory() const;

  Result<CommandPoolHandle> makeCommandPool();
  Result<VkCommandBuffer> makeCommandBuffer(const CommandPoolHandle &pool);
  Result<FenceHandle> makeFence();

  /// Runs the command buffers in order and waits for them; `fence` serves nothing else meanwhile. `name` is for
  /// messages.
  Status submitAndWait(std::span<const VkCommandBuffer> commands, const FenceHandle &fence, std::string_view name);

  /// A name for an object in validation messages; does nothing without validation.
  void setName(VkObjectType type, uint64_t object, std::string_view name);

  bool mayDestroy() override;

private:
  explicit Context(Allocator &allocator) : allocator(allocator) {}
  Status open(const Options &options, std::optional<uint32_t> index);
  Status createDevice();
  Result<BufferHandle> makeBuffer(uint64_t bytes);
  Result<DeviceBuffer> bindMemory(BufferHandle buffer, uint64_t bytes, Placement placement);
  std::optional<uint32_t> chooseMemoryType(uint32_t typeBits, Placement placement) const;
  Status checkHeap(uint32_t heap, uint64_t bytes) const;
  Status remember(Status status);
  Status wait(VkFence fence, std::string_view name);
  Status giveUpOn(VkFence fence, Status reason);

  Allocator &allocator;
  Options chosenOptions;
  std::unique_ptr<Instance> instance;
  PhysicalDevice info;
  VkQueue queue = VK_NULL_HANDLE;
  bool pushDescriptors = false;
  PFN_vkSetDebugUtilsObjectNameEXT setObjectName = nullptr;

  std::array<std::atomic<uint64_t>, VK_MAX_MEMORY_HEAPS> charged = {}; ///< bytes taken from each heap
  std::mutex queueMutex;
  std::mutex stateMutex;
  Status failure;                  ///< under stateMutex
  std::vector<VkFence> unanswered; ///< under stateMutex: fences of submissions that were given up waiting for
  std::atomic<bool> hasUnanswered{false};
  bool abandoned = false; ///< under stateMutex: the device never answered, nothing is freed any more
};

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_H
