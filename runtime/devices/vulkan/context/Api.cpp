// The Vulkan loader, opened at run time, and the names of Vulkan's results.
#include "runtime/devices/vulkan/context/Api.h"

#include <mutex>

namespace vae::runtime::vulkan {

/// volk keeps the loader's entry points in globals; they are written under this lock only.
static std::mutex &loaderMutex() {
  static std::mutex mutex;
  return mutex;
}

Status openLoader() {
  std::lock_guard lock(loaderMutex());
  if (!vkGetInstanceProcAddr && volkInitialize() != VK_SUCCESS)
    return fail(StatusCode::unsupported, "no Vulkan loader found (libvulkan.so.1); install the package libvulkan1");
  uint32_t version = volkGetInstanceVersion();
  if (version < VK_API_VERSION_1_1)
    return fail(StatusCode::unsupported, "the Vulkan loader is of version ", VK_API_VERSION_MAJOR(version), ".",
                VK_API_VERSION_MINOR(version), "; 1.1 or later is needed");
  return {};
}

Status loadInstanceTable(VkInstance instance, InstanceTable &table) {
#define VAE_VULKAN_LOAD(name)                                                                                          \
  table.name = reinterpret_cast<PFN_##name>(vkGetInstanceProcAddr(instance, #name));                                   \
  if (!table.name)                                                                                                     \
    return fail(StatusCode::unsupported, "the Vulkan loader has no function " #name);
  VAE_VULKAN_INSTANCE_FUNCTIONS(VAE_VULKAN_LOAD)
#undef VAE_VULKAN_LOAD
  table.vkCreateDebugUtilsMessengerEXT = reinterpret_cast<PFN_vkCreateDebugUtilsMessengerEXT>(
      vkGetInstanceProcAddr(instance, "vkCreateDebugUtilsMessengerEXT"));
  table.vkDestroyDebugUtilsMessengerEXT = reinterpret_cast<PFN_vkDestroyDebugUtilsMessengerEXT>(
      vkGetInstanceProcAddr(instance, "vkDestroyDebugUtilsMessengerEXT"));
  return {};
}

void loadDeviceTable(VkInstance instance, VkDevice device, VolkDeviceTable &table) {
  std::lock_guard lock(loaderMutex());
  vkGetDeviceProcAddr =
      reinterpret_cast<PFN_vkGetDeviceProcAddr>(vkGetInstanceProcAddr(instance, "vkGetDeviceProcAddr"));
  volkLoadDeviceTable(&table, device);
}

std::string resultName(VkResult result) {
  switch (result) {
#define VAE_VULKAN_NAME(name)                                                                                          \
  case name:                                                                                                           \
    return #name;
    VAE_VULKAN_NAME(VK_SUCCESS)
    VAE_VULKAN_NAME(VK_NOT_READY)
    VAE_VULKAN_NAME(VK_TIMEOUT)
    VAE_VULKAN_NAME(VK_INCOMPLETE)
    VAE_VULKAN_NAME(VK_ERROR_OUT_OF_HOST_MEMORY)
    VAE_VULKAN_NAME(VK_ERROR_OUT_OF_DEVICE_MEMORY)
    VAE_VULKAN_NAME(VK_ERROR_INITIALIZATION_FAILED)
    VAE_VULKAN_NAME(VK_ERROR_DEVICE_LOST)
    VAE_VULKAN_NAME(VK_ERROR_MEMORY_MAP_FAILED)
    VAE_VULKAN_NAME(VK_ERROR_LAYER_NOT_PRESENT)
    VAE_VULKAN_NAME(VK_ERROR_EXTENSION_NOT_PRESENT)
    VAE_VULKAN_NAME(VK_ERROR_FEATURE_NOT_PRESENT)
    VAE_VULKAN_NAME(VK_ERROR_INCOMPATIBLE_DRIVER)
    VAE_VULKAN_NAME(VK_ERROR_TOO_MANY_OBJECTS)
    VAE_VULKAN_NAME(VK_ERROR_FRAGMENTED_POOL)
    VAE_VULKAN_NAME(VK_ERROR_OUT_OF_POOL_MEMORY)
    VAE_VULKAN_NAME(VK_ERROR_INVALID_SHADER_NV)
    VAE_VULKAN_NAME(VK_ERROR_UNKNOWN)
#undef VAE_VULKAN_NAME
  default:
    return concat("VkResult ", static_cast<int>(result));
  }
}

static StatusCode codeOf(VkResult result) {
  switch (result) {
  case VK_ERROR_OUT_OF_HOST_MEMORY:
  case VK_ERROR_OUT_OF_DEVICE_MEMORY:
  case VK_ERROR_OUT_OF_POOL_MEMORY:
  case VK_ERROR_FRAGMENTED_POOL:
  case VK_ERROR_TOO_MANY_OBJECTS:
    return StatusCode::outOfMemory;
  case VK_ERROR_INCOMPATIBLE_DRIVER:
  case VK_ERROR_LAYER_NOT_PRESENT:
  case VK_ERROR_EXTENSION_NOT_PRESENT:
  case VK_ERROR_FEATURE_NOT_PRESENT:
    return StatusCode::unsupported;
  default:
    return StatusCode::deviceFailed;
  }
}

Status resultError(VkResult result, std::string_view action) {
  return fail(codeOf(result), action, ": ", resultName(result));
}

} // namespace vae::runtime::vulkan
