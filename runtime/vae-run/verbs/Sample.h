// vae-run sample.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_SAMPLE_H
#define VAE_RUNTIME_VAE_RUN_VERBS_SAMPLE_H

#include "runtime/base/Status.h"
#include "runtime/formats/pictures/PictureFit.h"
#include "runtime/vae-run/Options.h"

#include <optional>

namespace vae::runtime::tool {

struct SampleOptions {
  ModelOptions model;
  std::string entry;   ///< empty: `sample`, or for a walk the entry that decodes latents
  std::string encoder; ///< empty: the entry that gives latents
  std::string grid;    ///< empty: 16x16
  std::string output;
  Words arguments;
  PictureFit pictures;
  std::vector<uint64_t> traverse; ///< dimensions of the latent, one a row
  std::string interpolate;        ///< "spherical" or "linear"; empty: no strip
  std::vector<uint64_t> items;    ///< of the inputs that are encoded; empty: the first ones
  std::optional<uint64_t> columns;

  bool walks() const { return !traverse.empty() || !interpolate.empty(); }
};

/// Draws samples, or a walk through the latents, into one file.
Status sample(const SampleOptions &options);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_SAMPLE_H
