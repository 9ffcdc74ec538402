// vae-run run.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_RUN_H
#define VAE_RUNTIME_VAE_RUN_VERBS_RUN_H

#include "runtime/base/Status.h"
#include "runtime/vae-run/Options.h"

namespace vae::runtime::tool {

/// Runs a program once, or in batches, and writes the results that were asked for.
Status run(const RunOptions &options);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_RUN_H
