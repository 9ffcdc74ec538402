// What the kernels of a program cost.
#ifndef VAE_RUNTIME_VAE_RUN_PROFILE_KERNELPROFILE_H
#define VAE_RUNTIME_VAE_RUN_PROFILE_KERNELPROFILE_H

#include "runtime/vae-run/Handles.h"

#include <map>
#include <string>
#include <vector>

namespace vae::runtime::tool {

/// Of one run. A kernel that is dispatched several times, or in a loop, counts with all of it.
struct KernelCost {
  std::string name, strategy, location;
  std::string shapes; ///< of what its first dispatch binds
  uint64_t calls = 0;
  double seconds = 0; ///< the median of all runs
  double flops = 0, bytes = 0;
};

/// The order of tables: the slowest first, equal ones by name.
bool isSlower(const KernelCost &a, const KernelCost &b);

/// Gathers runs with `profile`.
class KernelProfile {
public:
  void add(const vae_result *result);
  /// The slowest first.
  std::vector<KernelCost> kernels() const;

private:
  struct Samples {
    KernelCost cost;
    std::vector<double> seconds; ///< by run
  };
  std::map<std::string, Samples> samples;
};

/// The value below which the share `q` of all values lies, between neighbours in proportion; at least one value.
double quantile(std::vector<double> values, double q);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_PROFILE_KERNELPROFILE_H
