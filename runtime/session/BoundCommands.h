// The commands of a program with numbers in place of formulas.
#ifndef VAE_RUNTIME_SESSION_BOUNDCOMMANDS_H
#define VAE_RUNTIME_SESSION_BOUNDCOMMANDS_H

#include "runtime/devices/Device.h"
#include "runtime/package/Package.h"
#include "runtime/session/sizes/SizedProgram.h"

namespace vae::runtime {

/// The buffers that outlive runs (weights, states, what is prepared) among those that a command writes.
std::vector<uint32_t> writtenVariables(const Package &package, const PackageProgram &program, const Command &command);

/// Evaluates the commands for a device: sizes, grids of the code that `kernels` chose, scratch; checks them against
/// `limits`.
Result<std::vector<BoundCommand>> bindCommands(const Package &package, const PackageProgram &program,
                                               const SizedProgram &sized, const DeviceKernels &kernels,
                                               const DeviceLimits &limits);

/// One dispatch at the symbols' values, its buffers the program's.
Result<BoundDispatch> bindDispatch(const Package &package, const PackageProgram &program, const Command &command,
                                   std::span<const int64_t> symbols, const DeviceKernels &kernels,
                                   const DeviceLimits &limits);

/// Floating-point operations of one turn of a dispatch, as far as its kernel states them.
Result<double> countFlops(const Package &package, const PackageProgram &program, const Command &dispatch,
                          std::span<const int64_t> symbols);

/// Floating-point operations of one run, as far as the kernels state them.
Result<double> countFlops(const Package &package, const PackageProgram &program, std::span<const int64_t> symbols);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_BOUNDCOMMANDS_H
