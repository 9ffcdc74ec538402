// Moving averages of weights, which training keeps among its states.
#ifndef VAE_RUNTIME_PACKAGE_AVERAGES_H
#define VAE_RUNTIME_PACKAGE_AVERAGES_H

#include "runtime/package/Package.h"

#include <map>

namespace vae::runtime {

/// The averages that a training program keeps, as indices of states by those of parameters: states `ema.<path>`, or
/// `<loss>.ema.<path>` where an earlier line of `train` has that name. Empty for programs that keep none.
std::map<size_t, size_t> findAverages(const Package &package, const PackageProgram &program);

} // namespace vae::runtime

#endif // VAE_RUNTIME_PACKAGE_AVERAGES_H
