// The host's processor as a device.
#ifndef VAE_RUNTIME_DEVICES_CPU_DEVICE_H
#define VAE_RUNTIME_DEVICES_CPU_DEVICE_H

#include "runtime/devices/Devices.h"

namespace vae::runtime {

std::vector<DeviceEntry> listCpuDevices();

/// options.threads and options.cpuTarget (or the environment's VAE_CPU_TARGET) choose; unsupported for a target that
/// the processor doesn't run.
Result<std::shared_ptr<Device>> openCpuDevice(const DeviceOptions &options);

} // namespace vae::runtime

#endif // VAE_RUNTIME_DEVICES_CPU_DEVICE_H
