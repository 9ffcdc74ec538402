// vae-run roundtrip.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_ROUNDTRIP_H
#define VAE_RUNTIME_VAE_RUN_VERBS_ROUNDTRIP_H

#include "runtime/vae-run/roundtrip/RoundtripItems.h"

namespace vae::runtime::tool {

/// Encodes and decodes pictures one by one, writes what comes back, and says how much it is like what went in. All are
/// read and their sizes checked before the first one runs; each file is whole once it is there.
Status roundtrip(const RoundtripOptions &options);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_ROUNDTRIP_H
