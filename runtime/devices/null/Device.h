// A device that accepts everything and computes nothing: all results are zeros. For tests, and to copy from.
#ifndef VAE_RUNTIME_DEVICES_NULL_DEVICE_H
#define VAE_RUNTIME_DEVICES_NULL_DEVICE_H

#include "runtime/devices/Devices.h"

namespace vae::runtime {

std::vector<DeviceEntry> listNullDevices();
Result<std::shared_ptr<Device>> openNullDevice(const DeviceOptions &options);

} // namespace vae::runtime

#endif // VAE_RUNTIME_DEVICES_NULL_DEVICE_H
