// What kernels cost, for people and for machines.
#ifndef VAE_RUNTIME_VAE_RUN_PROFILE_PROFILEREPORT_H
#define VAE_RUNTIME_VAE_RUN_PROFILE_PROFILEREPORT_H

#include "runtime/vae-run/Json.h"
#include "runtime/vae-run/profile/KernelProfile.h"

namespace vae::runtime::tool {

/// Kernels, and the most that their device does in a second (0: not known).
struct ProfileReport {
  std::vector<KernelCost> kernels;
  vae_device_peak peak{};

  /// A line a kernel.
  void printKernels() const;
  /// A line a strategy: how its kernels stand below the roof that bounds them.
  void printSummary() const;
  /// "peak", "kernels" and "strategies" of the object.
  void addTo(Json &json) const;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_PROFILE_PROFILEREPORT_H
