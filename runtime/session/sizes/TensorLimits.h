// Whether a device can hold each tensor of a program.
#ifndef VAE_RUNTIME_SESSION_SIZES_TENSORLIMITS_H
#define VAE_RUNTIME_SESSION_SIZES_TENSORLIMITS_H

#include "runtime/devices/Device.h"
#include "runtime/session/sizes/SizedProgram.h"

namespace vae::runtime {

/// outOfMemory where a tensor is larger than the device binds at once: names the largest, the place in the model that it
/// is computed at, and sizes with which the program fits: each alone, the others as they are, and all smaller alike.
Status checkTensors(const Package &package, const PackageProgram &program, const SizedProgram &sized,
                    const DeviceLimits &limits, std::string_view device);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_SIZES_TENSORLIMITS_H
