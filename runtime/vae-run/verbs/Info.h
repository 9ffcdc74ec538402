// vae-run info.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_INFO_H
#define VAE_RUNTIME_VAE_RUN_VERBS_INFO_H

#include "runtime/base/Status.h"
#include "runtime/vae-run/Options.h"

namespace vae::runtime::tool {

struct InfoOptions {
  std::string package;
  Words sizes;
  bool json = false;
};

/// Shows what a package holds, and the memory that it needs for given sizes.
Status info(const InfoOptions &options);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_INFO_H
