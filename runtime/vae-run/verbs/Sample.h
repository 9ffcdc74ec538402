// vae-run sample.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_SAMPLE_H
#define VAE_RUNTIME_VAE_RUN_VERBS_SAMPLE_H

#include "runtime/base/Status.h"
#include "runtime/vae-run/Options.h"

namespace vae::runtime::tool {

/// Draws samples, or a walk through the latents, into one file.
Status sample(const SampleOptions &options);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_SAMPLE_H
