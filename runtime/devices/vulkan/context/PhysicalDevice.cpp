// Queries Vulkan devices and chooses one.
#include "runtime/devices/vulkan/context/PhysicalDevice.h"

#include "runtime/abi/kernel.h"

#include <algorithm>

namespace vae::runtime::vulkan {

static void queryExtensions(const InstanceTable &table, PhysicalDevice &device) {
  uint32_t count = 0;
  if (table.vkEnumerateDeviceExtensionProperties(device.handle, nullptr, &count, nullptr) != VK_SUCCESS)
    return;
  std::vector<VkExtensionProperties> extensions(count);
  VkResult result = table.vkEnumerateDeviceExtensionProperties(device.handle, nullptr, &count, extensions.data());
  if (result != VK_SUCCESS && result != VK_INCOMPLETE)
    return;
  for (uint32_t i = 0; i < count; ++i)
    device.extensions.insert(extensions[i].extensionName);
}

static void queryProperties(const InstanceTable &table, PhysicalDevice &device) {
  auto maintenance4 =
      structure<VkPhysicalDeviceMaintenance4Properties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES);
  auto push = structure<VkPhysicalDevicePushDescriptorPropertiesKHR>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PUSH_DESCRIPTOR_PROPERTIES_KHR);
  auto maintenance3 =
      structure<VkPhysicalDeviceMaintenance3Properties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES);
  auto subgroup = structure<VkPhysicalDeviceSubgroupProperties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES);
  auto properties = structure<VkPhysicalDeviceProperties2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, &subgroup);
  subgroup.pNext = &maintenance3;
  void **next = &maintenance3.pNext;
  if (device.has(VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME)) {
    *next = &push;
    next = &push.pNext;
  }
  auto floats =
      structure<VkPhysicalDeviceFloatControlsProperties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FLOAT_CONTROLS_PROPERTIES);
  if (device.properties.apiVersion >= VK_API_VERSION_1_2) {
    *next = &floats;
    next = &floats.pNext;
  }
  bool hasMaintenance4 = device.properties.apiVersion >= VK_API_VERSION_1_3;
  if (hasMaintenance4)
    *next = &maintenance4;
  table.vkGetPhysicalDeviceProperties2(device.handle, &properties);
  if (subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT)
    device.subgroupOperations = subgroup.supportedOperations;
  device.maxAllocation = maintenance3.maxMemoryAllocationSize;
  device.maxBufferSize = hasMaintenance4 ? maintenance4.maxBufferSize : maintenance3.maxMemoryAllocationSize;
  device.maxPushDescriptors = push.maxPushDescriptors;
  device.features.signedZeroInfNanPreserve32 = floats.shaderSignedZeroInfNanPreserveFloat32;
  device.features.roundingModeRte32 = floats.shaderRoundingModeRTEFloat32;
}

static void queryFeatures(const InstanceTable &table, PhysicalDevice &device) {
  FeatureChain chain(device.properties.apiVersion);
  table.vkGetPhysicalDeviceFeatures2(device.handle, chain.head());
  chain.read(device.features);
}

/// A family made for compute alone is preferred: on discrete devices it does not share time with a display.
static void queryQueues(const InstanceTable &table, PhysicalDevice &device) {
  uint32_t count = 0;
  table.vkGetPhysicalDeviceQueueFamilyProperties(device.handle, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  table.vkGetPhysicalDeviceQueueFamilyProperties(device.handle, &count, families.data());
  device.queueFamily = VK_QUEUE_FAMILY_IGNORED;
  for (uint32_t i = 0; i < count; ++i) {
    if (!(families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) || families[i].queueCount == 0)
      continue;
    bool computeOnly = !(families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT);
    if (device.queueFamily != VK_QUEUE_FAMILY_IGNORED && !computeOnly)
      continue;
    device.queueFamily = i;
    device.timestampBits = families[i].timestampValidBits;
    if (computeOnly)
      return;
  }
}

PhysicalDevice PhysicalDevice::query(const InstanceTable &table, VkPhysicalDevice handle) {
  PhysicalDevice device;
  device.handle = handle;
  table.vkGetPhysicalDeviceProperties(handle, &device.properties);
  table.vkGetPhysicalDeviceMemoryProperties(handle, &device.memory);
  queryQueues(table, device);
  if (device.properties.apiVersion < VK_API_VERSION_1_1)
    return device;
  queryExtensions(table, device);
  queryProperties(table, device);
  queryFeatures(table, device);
  return device;
}

std::optional<std::string> PhysicalDevice::unusable() const {
  if (properties.apiVersion < VK_API_VERSION_1_1)
    return "offers only Vulkan 1.0";
  if (queueFamily == VK_QUEUE_FAMILY_IGNORED)
    return "has no compute queue";
  if (properties.limits.minStorageBufferOffsetAlignment > VAE_BUFFER_ALIGNMENT)
    return concat("wants buffers aligned to ", properties.limits.minStorageBufferOffsetAlignment,
                  " bytes (minStorageBufferOffsetAlignment), more than ", VAE_BUFFER_ALIGNMENT);
  return std::nullopt;
}

std::string PhysicalDevice::description() const {
  return concat(properties.deviceName, ", Vulkan ", VK_API_VERSION_MAJOR(properties.apiVersion), ".",
                VK_API_VERSION_MINOR(properties.apiVersion));
}

uint32_t PhysicalDevice::maxSpirvVersion() const {
  if (properties.apiVersion >= VK_API_VERSION_1_3)
    return 0x00010600;
  if (properties.apiVersion >= VK_API_VERSION_1_2)
    return 0x00010500;
  return 0x00010300;
}

Result<std::vector<PhysicalDevice>> usableDevices(const Instance &instance) {
  VAE_ASSIGN_OR_RETURN(auto handles, instance.physicalDevices());
  std::vector<PhysicalDevice> devices;
  std::string reasons;
  for (VkPhysicalDevice handle : handles) {
    PhysicalDevice device = PhysicalDevice::query(instance.functions(), handle);
    if (auto reason = device.unusable())
      reasons += concat("; ", device.properties.deviceName, " ", *reason);
    else
      devices.push_back(std::move(device));
  }
  if (devices.empty())
    return fail(StatusCode::unsupported, "no usable Vulkan device found", reasons);
  return devices;
}

static int rank(VkPhysicalDeviceType type) {
  switch (type) {
  case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
    return 0;
  case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
    return 1;
  case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
    return 2;
  case VK_PHYSICAL_DEVICE_TYPE_CPU:
    return 3;
  default:
    return 4;
  }
}

Result<PhysicalDevice> chooseDevice(const std::vector<PhysicalDevice> &devices, std::optional<uint32_t> index) {
  if (devices.empty())
    return fail(StatusCode::unsupported, "no usable Vulkan device found");
  if (index && *index >= devices.size())
    return fail(StatusCode::notFound, "device 'vulkan:", *index,
                "' does not exist; usable Vulkan devices: ", devices.size());
  if (index)
    return devices[*index];
  return *std::min_element(devices.begin(), devices.end(), [](const PhysicalDevice &a, const PhysicalDevice &b) {
    return rank(a.properties.deviceType) < rank(b.properties.deviceType);
  });
}

} // namespace vae::runtime::vulkan
