// A Vulkan instance: the loader's list of devices, and the validation layer's messages.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_INSTANCE_H
#define VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_INSTANCE_H

#include "runtime/devices/vulkan/context/Api.h"
#include "runtime/devices/vulkan/context/DebugOptions.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace vae::runtime::vulkan {

class Instance {
public:
  /// unsupported where there is no loader, no driver, or (with validation) no validation layer.
  static Result<std::unique_ptr<Instance>> create(const DebugOptions &options);

  /// With validation, a message that nobody took (an object that was not freed, say) ends the process: it has no caller
  /// left to go to, and must not pass unseen.
  ~Instance();
  Instance(const Instance &) = delete;
  Instance &operator=(const Instance &) = delete;

  const InstanceTable &functions() const { return table; }
  VkInstance get() const { return instance; }
  bool validates() const { return messenger != VK_NULL_HANDLE; }

  /// The devices in the loader's order; none is not an error.
  Result<std::vector<VkPhysicalDevice>> physicalDevices() const;

  /// Leaves the Vulkan instance open for good: a device of it may still be working.
  void abandon();

  /// An error that holds the validation messages since the last call; success where there were none.
  Status takeMessages();

private:
  Instance() = default;
  static VKAPI_ATTR VkBool32 VKAPI_CALL receive(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
                                                VkDebugUtilsMessageTypeFlagsEXT types,
                                                const VkDebugUtilsMessengerCallbackDataEXT *data, void *self);
  VkDebugUtilsMessengerCreateInfoEXT messengerInfo();
  Status createInstance(const DebugOptions &options);

  VkInstance instance = VK_NULL_HANDLE;
  VkDebugUtilsMessengerEXT messenger = VK_NULL_HANDLE;
  InstanceTable table;
  std::mutex mutex;
  std::vector<std::string> messages;
};

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_INSTANCE_H
