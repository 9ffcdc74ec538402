// A plan in strips as commands for a device.
#ifndef VAE_RUNTIME_SESSION_STRIPS_STRIPCOMMANDS_H
#define VAE_RUNTIME_SESSION_STRIPS_STRIPCOMMANDS_H

#include "runtime/devices/Device.h"
#include "runtime/session/Stages.h"
#include "runtime/session/strips/StripPlan.h"

namespace vae::runtime {

/// Commands of a plan, and where each segment's end.
struct StripCommands {
  std::vector<BoundCommand> commands;
  std::vector<Stage> segments; ///< in order; what of prepared tensors each binds
};

/// Writes the plan's commands over `arena`. `buffers` has a place for each buffer of the program and for what outlives runs
/// the right one; inputs and outputs get theirs, and what commands bind of tensors is added behind.
Result<StripCommands> writeStrips(const Package &package, const PackageProgram &program, const SizedProgram &sized,
                                  const StripPlan &plan, const DeviceKernels &kernels, const Device &device,
                                  DeviceMemory *arena, std::vector<BoundBuffer> &buffers);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_STRIPS_STRIPCOMMANDS_H
