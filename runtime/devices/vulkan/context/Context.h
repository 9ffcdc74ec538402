// An opened Vulkan device: its functions, its queue, its failures.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_CONTEXT_H
#define VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_CONTEXT_H

#include "runtime/base/Memory.h"
#include "runtime/devices/vulkan/context/Handle.h"
#include "runtime/devices/vulkan/context/PhysicalDevice.h"

#include <array>
#include <atomic>
#include <optional>
#include <span>

namespace vae::runtime::vulkan {

/// Safe to use from several threads. Outlives all handles and buffers made from it.
class Context : public HandleOwner {
public:
  /// `index`: which usable device, nothing for the best. `allocator` outlives the context.
  static Result<std::unique_ptr<Context>> create(const DebugOptions &options, std::optional<uint32_t> index,
                                                 Allocator &allocator);
  ~Context() override;

  const DebugOptions &options() const { return chosenOptions; }
  const PhysicalDevice &physical() const { return info; }
  bool usesPushDescriptors() const { return pushDescriptors; }
  Allocator &hostAllocator() const { return allocator; }

  /// The error of an earlier failure that the device cannot recover from (lost, no answer in time); success while it
  /// works.
  Status health();

  /// `result` as an error of `action` (and device loss remembered), else the validation messages so far, else success.
  Status finish(VkResult result, std::string_view action);
  Status takeMessages() { return instance->takeMessages(); }

  /// What `vkGetPhysicalDeviceMemoryProperties2` and its like are called through.
  const InstanceTable &instanceFunctions() const { return instance->functions(); }

  /// Bytes that are taken from a memory heap; who allocates from it keeps this true.
  std::atomic<uint64_t> &takenFrom(uint32_t heap) const { return taken[heap]; }

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
  Status open(const DebugOptions &options, std::optional<uint32_t> index);
  Status createDevice();
  Status remember(Status status);
  Status wait(VkFence fence, std::string_view name);
  Status giveUpOn(VkFence fence, Status reason);

  Allocator &allocator;
  DebugOptions chosenOptions;
  std::unique_ptr<Instance> instance;
  PhysicalDevice info;
  VkQueue queue = VK_NULL_HANDLE;
  bool pushDescriptors = false;
  PFN_vkSetDebugUtilsObjectNameEXT setObjectName = nullptr;

  mutable std::array<std::atomic<uint64_t>, VK_MAX_MEMORY_HEAPS> taken = {}; ///< by heap
  std::mutex queueMutex;
  std::mutex stateMutex;
  Status failure;                  ///< under stateMutex
  std::vector<VkFence> unanswered; ///< under stateMutex: fences of submissions that were given up waiting for
  std::atomic<bool> hasUnanswered{false};
  bool abandoned = false; ///< under stateMutex: the device never answered, nothing is freed any more
};

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_CONTEXT_H
