// Vulkan as the runtime sees it: function tables instead of globals, and results turned into statuses.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_API_H
#define VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_API_H

#include "runtime/base/Status.h"

#include <cstring>
#include <volk.h>

namespace vae::runtime::vulkan {

/// A Vulkan struct with its type and chain set and zeros elsewhere.
template <typename Struct> Struct structure(VkStructureType type, void *next = nullptr) {
  Struct made;
  // By bytes: some of Vulkan's enums have no enumerator for zero.
  std::memset(&made, 0, sizeof(made));
  made.sType = type;
  made.pNext = next;
  return made;
}

/// The instance-level functions that are used. volk keeps these in globals; a table for each instance keeps devices on
/// several threads apart.
#define VAE_VULKAN_INSTANCE_FUNCTIONS(function)                                                                        \
  function(vkDestroyInstance) function(vkEnumeratePhysicalDevices) function(vkGetPhysicalDeviceProperties)             \
      function(vkGetPhysicalDeviceProperties2) function(vkGetPhysicalDeviceFeatures2)                                  \
          function(vkGetPhysicalDeviceMemoryProperties) function(vkGetPhysicalDeviceMemoryProperties2)                 \
              function(vkGetPhysicalDeviceQueueFamilyProperties) function(vkEnumerateDeviceExtensionProperties)        \
                  function(vkCreateDevice)

struct InstanceTable {
#define VAE_VULKAN_MEMBER(name) PFN_##name name = nullptr;
  VAE_VULKAN_INSTANCE_FUNCTIONS(VAE_VULKAN_MEMBER)
#undef VAE_VULKAN_MEMBER
  /// Only present with validation.
  PFN_vkCreateDebugUtilsMessengerEXT vkCreateDebugUtilsMessengerEXT = nullptr;
  PFN_vkDestroyDebugUtilsMessengerEXT vkDestroyDebugUtilsMessengerEXT = nullptr;
};

/// Opens the Vulkan loader, once in a process; an error where there is none or where it is older than 1.1.
Status openLoader();

/// Fills the table of an instance; an error where a function is missing.
Status loadInstanceTable(VkInstance instance, InstanceTable &table);

/// Fills the table of a device that belongs to `instance`.
void loadDeviceTable(VkInstance instance, VkDevice device, VolkDeviceTable &table);

/// "VK_ERROR_DEVICE_LOST", or the number of a result that has no name here.
std::string resultName(VkResult result);

/// An error that says what was being done: "vkAllocateMemory: VK_ERROR_OUT_OF_DEVICE_MEMORY (arena of 4096 bytes)".
Status resultError(VkResult result, std::string_view action);

/// Success, or the error of `result`.
inline Status check(VkResult result, std::string_view action) {
  return result == VK_SUCCESS ? Status() : resultError(result, action);
}

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_API_H
