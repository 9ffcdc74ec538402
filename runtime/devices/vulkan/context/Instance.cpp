// Makes the Vulkan instance, with validation where asked for, and collects what validation says.
#include "runtime/devices/vulkan/context/Instance.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace vae::runtime::vulkan {

static constexpr const char *validationLayer = "VK_LAYER_KHRONOS_validation";

static Status requireValidationLayer() {
  uint32_t count = 0;
  VAE_RETURN_IF_ERROR(check(vkEnumerateInstanceLayerProperties(&count, nullptr), "listing Vulkan layers"));
  std::vector<VkLayerProperties> layers(count);
  VAE_RETURN_IF_ERROR(check(vkEnumerateInstanceLayerProperties(&count, layers.data()), "listing Vulkan layers"));
  bool found = std::any_of(layers.begin(), layers.end(), [](const VkLayerProperties &layer) {
    return std::strcmp(layer.layerName, validationLayer) == 0;
  });
  if (!found)
    return fail(StatusCode::unsupported, "validation was asked for, but the layer ", validationLayer,
                " is not installed (package vulkan-validationlayers)");
  return {};
}

VKAPI_ATTR VkBool32 VKAPI_CALL Instance::receive(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                                 VkDebugUtilsMessageTypeFlagsEXT,
                                                 const VkDebugUtilsMessengerCallbackDataEXT *data, void *self) {
  auto *instance = static_cast<Instance *>(self);
  std::lock_guard lock(instance->mutex);
  instance->messages.emplace_back(data->pMessage ? data->pMessage : "(no text)");
  return VK_FALSE;
}

VkDebugUtilsMessengerCreateInfoEXT Instance::messengerInfo() {
  auto info = structure<VkDebugUtilsMessengerCreateInfoEXT>(VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT);
  info.messageSeverity =
      VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT;
  info.pfnUserCallback = &Instance::receive;
  info.pUserData = this;
  return info;
}

static Status createInstanceError(VkResult result) {
  if (result == VK_ERROR_INCOMPATIBLE_DRIVER)
    return fail(StatusCode::unsupported, "no Vulkan driver found (the loader is there, but no driver that it can use)");
  return resultError(result, "making a Vulkan instance");
}

Status Instance::createInstance(const DebugOptions &options) {
  auto application = structure<VkApplicationInfo>(VK_STRUCTURE_TYPE_APPLICATION_INFO);
  application.pApplicationName = "vae-run";
  application.apiVersion = VK_API_VERSION_1_3;
  auto info = structure<VkInstanceCreateInfo>(VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO);
  info.pApplicationInfo = &application;

  VkDebugUtilsMessengerCreateInfoEXT messages = messengerInfo();
  VkValidationFeatureEnableEXT enabled[] = {VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT,
                                            VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_EXT,
                                            VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_RESERVE_BINDING_SLOT_EXT};
  auto features = structure<VkValidationFeaturesEXT>(VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT, &messages);
  features.enabledValidationFeatureCount = options.gpuAssisted ? 3 : 1;
  features.pEnabledValidationFeatures = enabled;
  const char *extensions[] = {VK_EXT_DEBUG_UTILS_EXTENSION_NAME, VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME};
  if (options.validation) {
    VAE_RETURN_IF_ERROR(requireValidationLayer());
    info.pNext = &features;
    info.enabledLayerCount = 1;
    info.ppEnabledLayerNames = &validationLayer;
    info.enabledExtensionCount = 2;
    info.ppEnabledExtensionNames = extensions;
  }
  VkResult result = vkCreateInstance(&info, nullptr, &instance);
  if (result != VK_SUCCESS)
    return createInstanceError(result);
  VAE_RETURN_IF_ERROR(loadInstanceTable(instance, table));
  if (!options.validation)
    return {};
  if (!table.vkCreateDebugUtilsMessengerEXT || !table.vkDestroyDebugUtilsMessengerEXT)
    return fail(StatusCode::unsupported, "the Vulkan loader has no function vkCreateDebugUtilsMessengerEXT");
  return check(table.vkCreateDebugUtilsMessengerEXT(instance, &messages, nullptr, &messenger),
               "listening to the validation layer");
}

Result<std::unique_ptr<Instance>> Instance::create(const DebugOptions &options) {
  VAE_RETURN_IF_ERROR(openLoader());
  std::unique_ptr<Instance> made(new Instance());
  VAE_RETURN_IF_ERROR(made->createInstance(options));
  VAE_RETURN_IF_ERROR(made->takeMessages());
  return made;
}

Instance::~Instance() {
  if (messenger)
    table.vkDestroyDebugUtilsMessengerEXT(instance, messenger, nullptr);
  if (instance && table.vkDestroyInstance)
    table.vkDestroyInstance(instance, nullptr);
  if (messages.empty())
    return;
  for (const std::string &message : messages)
    std::fprintf(stderr, "vulkan validation: %s\n", message.c_str());
  std::abort();
}

void Instance::abandon() {
  // The messenger ends all the same: it refers to this object.
  if (messenger)
    table.vkDestroyDebugUtilsMessengerEXT(instance, messenger, nullptr);
  messenger = VK_NULL_HANDLE;
  instance = VK_NULL_HANDLE;
}

Result<std::vector<VkPhysicalDevice>> Instance::physicalDevices() const {
  uint32_t count = 0;
  VkResult result = table.vkEnumeratePhysicalDevices(instance, &count, nullptr);
  // Some loaders say so only here when no driver could be opened.
  if (result == VK_ERROR_INITIALIZATION_FAILED)
    return std::vector<VkPhysicalDevice>();
  VAE_RETURN_IF_ERROR(check(result, "listing Vulkan devices"));
  std::vector<VkPhysicalDevice> devices(count);
  result = table.vkEnumeratePhysicalDevices(instance, &count, devices.data());
  // More devices may have come up since they were counted; those that were counted will do.
  if (result != VK_INCOMPLETE)
    VAE_RETURN_IF_ERROR(check(result, "listing Vulkan devices"));
  devices.resize(count);
  return devices;
}

Status Instance::takeMessages() {
  std::lock_guard lock(mutex);
  if (messages.empty())
    return {};
  std::string text = concat("vulkan validation: ", messages.front());
  if (messages.size() > 1)
    text += concat(" (and ", messages.size() - 1, " more)");
  std::replace(text.begin(), text.end(), '\n', ' ');
  messages.clear();
  return {StatusCode::deviceFailed, text};
}

} // namespace vae::runtime::vulkan
