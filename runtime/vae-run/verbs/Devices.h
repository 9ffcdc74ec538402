// vae-run devices.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_DEVICES_H
#define VAE_RUNTIME_VAE_RUN_VERBS_DEVICES_H

#include "runtime/base/Status.h"

namespace vae::runtime::tool {

struct DevicesOptions {
  bool json = false;
};

/// Lists what this machine can run packages on.
Status devices(const DevicesOptions &options);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_DEVICES_H
