// What one Vulkan device of the machine is and can do.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_PHYSICALDEVICE_H
#define VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_PHYSICALDEVICE_H

#include "runtime/devices/vulkan/context/FeatureChain.h"

#include <optional>
#include <set>

namespace vae::runtime::vulkan {

/// Filled once by `query`; plain data afterwards.
struct PhysicalDevice {
  VkPhysicalDevice handle = VK_NULL_HANDLE;
  VkPhysicalDeviceProperties properties = {};
  VkPhysicalDeviceMemoryProperties memory = {};
  std::set<std::string> extensions;
  Features features;
  VkSubgroupFeatureFlags subgroupOperations = 0; ///< usable in compute shaders
  uint64_t maxAllocation = 0;                    ///< bytes of one VkDeviceMemory
  uint64_t maxBufferSize = 0;                    ///< bytes of one VkBuffer
  uint32_t maxPushDescriptors = 0;               ///< 0 where the extension is missing
  uint32_t queueFamily = 0;
  uint32_t timestampBits = 0; ///< 0 where the queue has no timestamps

  static PhysicalDevice query(const InstanceTable &table, VkPhysicalDevice handle);

  bool has(const char *extension) const { return extensions.count(extension) != 0; }

  /// Why the runtime can't use the device; nothing where it can.
  std::optional<std::string> unusable() const;

  /// "llvmpipe (LLVM 15.0.6, 256 bits), Vulkan 1.3".
  std::string description() const;

  /// The newest SPIR-V version that the device takes, as in a module's second word: 0x00010500.
  uint32_t maxSpirvVersion() const;
};

/// The usable devices of an instance in the loader's order. Unusable ones are left out: indices count what can be used.
Result<std::vector<PhysicalDevice>> usableDevices(const Instance &instance);

/// Device `index` of the list; without an index the best: discrete before integrated before virtual before software.
/// notFound, naming how many there are, where there is no such device.
Result<PhysicalDevice> chooseDevice(const std::vector<PhysicalDevice> &devices, std::optional<uint32_t> index);

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_PHYSICALDEVICE_H
