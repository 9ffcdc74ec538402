// Links the feature structures, and goes between them and `Features`.
#include "runtime/devices/vulkan/context/FeatureChain.h"

namespace vae::runtime::vulkan {

FeatureChain::FeatureChain(uint32_t apiVersion)
    : storage16(
          structure<VkPhysicalDevice16BitStorageFeatures>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES)),
      storage8(structure<VkPhysicalDevice8BitStorageFeatures>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_8BIT_STORAGE_FEATURES)),
      small(structure<VkPhysicalDeviceShaderFloat16Int8Features>(
          VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES)),
      features(structure<VkPhysicalDeviceFeatures2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &storage16)) {
  if (apiVersion < VK_API_VERSION_1_2)
    return;
  storage16.pNext = &storage8;
  storage8.pNext = &small;
}

void FeatureChain::write(const Features &wanted) {
  features.features.shaderInt64 = wanted.int64;
  features.features.shaderInt16 = wanted.int16;
  features.features.shaderFloat64 = wanted.float64;
  storage16.storageBuffer16BitAccess = wanted.storage16;
  storage8.storageBuffer8BitAccess = wanted.storage8;
  small.shaderInt8 = wanted.int8;
  small.shaderFloat16 = wanted.float16;
}

void FeatureChain::read(Features &found) const {
  found.int64 = features.features.shaderInt64;
  found.int16 = features.features.shaderInt16;
  found.float64 = features.features.shaderFloat64;
  found.storage16 = storage16.storageBuffer16BitAccess;
  found.storage8 = storage8.storageBuffer8BitAccess;
  found.int8 = small.shaderInt8;
  found.float16 = small.shaderFloat16;
}

} // namespace vae::runtime::vulkan
