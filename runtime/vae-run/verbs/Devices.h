// vae-run devices.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_DEVICES_H
#define VAE_RUNTIME_VAE_RUN_VERBS_DEVICES_H

#include "runtime/base/Status.h"
#include "runtime/vae-run/Options.h"

namespace vae::runtime::tool {

/// Lists what this machine can run packages on.
Status devices(const DevicesOptions &options);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_DEVICES_H
