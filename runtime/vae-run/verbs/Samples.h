// Grids of samples, for `sample` and for training's --samples.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_SAMPLES_H
#define VAE_RUNTIME_VAE_RUN_VERBS_SAMPLES_H

#include "runtime/formats/pictures/Picture.h"
#include "runtime/vae-run/inputs/Arguments.h"

namespace vae::runtime::tool {

struct GridSize {
  int64_t rows = 0, columns = 0;
};

/// What training draws after an epoch.
inline constexpr GridSize sampleGrid = {8, 8};

/// "16x16"
Result<GridSize> parseGrid(const std::string &text);

/// What the words say for rows * columns samples. They are counted by the only size of the entry that no word gives;
/// further inputs are a number for all, or a file whose items the samples take in turn.
Result<Arguments> sampleArguments(const ProgramSignature &entry, const InputWords &words, GridSize grid);

/// Runs `entry` and returns its first result.
Result<HostTensor> makeSamples(vae_session *session, const ProgramSignature &entry, Arguments &arguments,
                               uint64_t seed);

/// The same as one picture.
Result<Picture> drawSamples(vae_session *session, const ProgramSignature &entry, Arguments &arguments, GridSize grid,
                            uint64_t seed);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_SAMPLES_H
