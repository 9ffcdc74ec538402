// The chain of Vulkan's feature structures, from which features are read and by which they are switched on.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_FEATURECHAIN_H
#define VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_FEATURECHAIN_H

#include "runtime/devices/vulkan/context/Instance.h"

namespace vae::runtime::vulkan {

/// The optional features that kernels may ask for, by SPIR-V capability. Each is switched on where the device has it.
struct Features {
  bool int64 = false;
  bool int16 = false;
  bool int8 = false;
  bool float16 = false;
  bool float64 = false;
  bool storage16 = false;
  bool storage8 = false;
  bool signedZeroInfNanPreserve32 = false; ///< this and the next are properties, not in the chain
  bool roundingModeRte32 = false;
};

/// Its structures point to each other, so it stays where it was made.
class FeatureChain {
public:
  /// With the structures that a device of this version knows.
  explicit FeatureChain(uint32_t apiVersion);
  FeatureChain(const FeatureChain &) = delete;
  FeatureChain &operator=(const FeatureChain &) = delete;

  VkPhysicalDeviceFeatures2 *head() { return &features; }

  void write(const Features &wanted);
  void read(Features &found) const;

private:
  VkPhysicalDevice16BitStorageFeatures storage16;
  VkPhysicalDevice8BitStorageFeatures storage8;
  VkPhysicalDeviceShaderFloat16Int8Features small;
  VkPhysicalDeviceFeatures2 features;
};

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_FEATURECHAIN_H
