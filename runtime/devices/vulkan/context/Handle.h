// Owners of Vulkan objects: one move-only type for everything that a device makes.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_HANDLE_H
#define VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_HANDLE_H

#include <volk.h>

#include <utility>

namespace vae::runtime::vulkan {

/// What a handle needs to end its object. Outlives all handles.
class HandleOwner {
public:
  virtual ~HandleOwner() = default;

  /// False where the device may still use its objects and does not answer: they are then left alone rather than freed
  /// under it. May wait for work in flight.
  virtual bool mayDestroy() = 0;

  VkDevice device = VK_NULL_HANDLE;
  VolkDeviceTable table = {};
};

/// Owns one object made by a VkDevice; `Destroy` names the entry of the function table that ends it.
template <typename Object, auto Destroy> class Handle {
public:
  Handle() = default;
  Handle(HandleOwner &owner, Object object) : owner(&owner), object(object) {}
  Handle(Handle &&other) noexcept : owner(other.owner), object(std::exchange(other.object, Object{})) {}
  Handle &operator=(Handle &&other) noexcept {
    std::swap(owner, other.owner);
    std::swap(object, other.object);
    return *this;
  }
  ~Handle() {
    if (object != Object{} && owner->mayDestroy())
      (owner->table.*Destroy)(owner->device, object, nullptr);
  }

  Object get() const { return object; }
  explicit operator bool() const { return object != Object{}; }

private:
  HandleOwner *owner = nullptr;
  Object object{};
};

using BufferHandle = Handle<VkBuffer, &VolkDeviceTable::vkDestroyBuffer>;
using MemoryHandle = Handle<VkDeviceMemory, &VolkDeviceTable::vkFreeMemory>;
using ShaderModuleHandle = Handle<VkShaderModule, &VolkDeviceTable::vkDestroyShaderModule>;
using PipelineCacheHandle = Handle<VkPipelineCache, &VolkDeviceTable::vkDestroyPipelineCache>;
using PipelineHandle = Handle<VkPipeline, &VolkDeviceTable::vkDestroyPipeline>;
using PipelineLayoutHandle = Handle<VkPipelineLayout, &VolkDeviceTable::vkDestroyPipelineLayout>;
using SetLayoutHandle = Handle<VkDescriptorSetLayout, &VolkDeviceTable::vkDestroyDescriptorSetLayout>;
using DescriptorPoolHandle = Handle<VkDescriptorPool, &VolkDeviceTable::vkDestroyDescriptorPool>;
using CommandPoolHandle = Handle<VkCommandPool, &VolkDeviceTable::vkDestroyCommandPool>;
using FenceHandle = Handle<VkFence, &VolkDeviceTable::vkDestroyFence>;
using QueryPoolHandle = Handle<VkQueryPool, &VolkDeviceTable::vkDestroyQueryPool>;

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_HANDLE_H
