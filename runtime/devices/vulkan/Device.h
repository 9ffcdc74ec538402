// The Vulkan device: opens one, lists all.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_DEVICE_H
#define VAE_RUNTIME_DEVICES_VULKAN_DEVICE_H

#include "runtime/devices/Device.h"

#include <optional>

namespace vae::runtime {

/// Opens usable Vulkan device `index`, or the best one without an index. unsupported where there is no loader, no
/// driver or no usable device; notFound where there is no such index. The environment variable VAE_VULKAN adds options
/// (vulkan/DebugOptions.h).
Result<std::shared_ptr<Device>> openVulkanDevice(std::optional<uint32_t> index, const DeviceOptions &options);

/// What each usable Vulkan device is, by index; an error says why there is none.
Result<std::vector<std::string>> describeVulkanDevices();

} // namespace vae::runtime

#endif // VAE_RUNTIME_DEVICES_VULKAN_DEVICE_H
