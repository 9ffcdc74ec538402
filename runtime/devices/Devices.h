// The devices of this build, by name.
#ifndef VAE_RUNTIME_DEVICES_DEVICES_H
#define VAE_RUNTIME_DEVICES_DEVICES_H

#include "runtime/devices/Device.h"

#include <string_view>

namespace vae::runtime {

/// A device that could be opened.
struct DeviceEntry {
  std::string name;        ///< "cpu", "vulkan", "vulkan:1", "null"
  std::string description; ///< for people
};

/// All devices of this machine. Never fails: what is missing (a Vulkan loader, say) is not listed.
std::vector<DeviceEntry> listDevices();

/// Opens "cpu", "null", "vulkan" (the first) or "vulkan:<index>". notFound names the kinds there are.
Result<std::shared_ptr<Device>> openDevice(std::string_view name, const DeviceOptions &options);

} // namespace vae::runtime

#endif // VAE_RUNTIME_DEVICES_DEVICES_H
