// Grids of samples, for `sample` and for training's --samples.
#ifndef VAE_RUNTIME_VAE_RUN_SAMPLES_H
#define VAE_RUNTIME_VAE_RUN_SAMPLES_H

#include "runtime/Png.h"
#include "runtime/vae-run/Arguments.h"

namespace vae::runtime::tool {

struct GridSize {
  int64_t rows = 0, columns = 0;
};

/// "16x16"
Result<GridSize> parseGrid(const std::string &text);

/// The entry's size that counts samples: its only symbol that the arguments leave open.
Result<std::string> sampleCountSymbol(const Signature &entry, const Arguments &arguments);

/// Runs `entry` for rows * columns samples and draws its first result.
Result<Picture> drawSamples(vae_session *session, const Signature &entry, Arguments &arguments, GridSize grid,
                            uint64_t seed);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_SAMPLES_H
