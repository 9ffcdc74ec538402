// Checks of what goes into a run and what comes out of it.
#ifndef VAE_RUNTIME_SESSION_TENSORCHECKS_H
#define VAE_RUNTIME_SESSION_TENSORCHECKS_H

#include "runtime/package/PackageProgram.h"

namespace vae::runtime {

/// nonFinite, naming `what` and the first place, where a floating-point tensor holds NaN or infinity.
Status checkFinite(const HostTensor &tensor, const std::string &what);

/// invalidArgument, naming the first place, where a whole number lies outside the range that `buffer`, an input,
/// declares. Whole numbers are mostly indices, for which a program has no use beyond their range.
Status checkRange(const HostTensor &tensor, const Buffer &buffer);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_TENSORCHECKS_H
