// Walks through a latent space as pictures: along its dimensions, or from one point to another.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_LATENTWALK_H
#define VAE_RUNTIME_VAE_RUN_VERBS_LATENTWALK_H

#include "runtime/base/Tensor.h"
#include "runtime/vae-run/verbs/Sample.h"

namespace vae::runtime::tool {

/// `sample --traverse` and `sample --interpolate`: decodes the walk and writes its picture.
///
/// It starts from items of `z=file` (the decoder's own input: latents as they are), of `x=file` (encoded), or else from
/// draws of a standard normal distribution: those that an entry which draws its latents first would make of the seed.
Status drawLatentWalk(const SampleOptions &options);

/// Rows of latents [dimensions * columns, size]: row block d is `base` with element dimensions[d] at -3 .. 3.
Result<HostTensor> traversal(std::span<const float> base, std::span<const uint64_t> dimensions, uint64_t columns);

/// Latents [columns, size] from `from` to `to`, both included. Spherical: along the great arc, lengths weighted alike,
/// as normal latents lie near a sphere; points in one direction or in opposite ones have no such arc and go straight.
Result<HostTensor> interpolation(std::span<const float> from, std::span<const float> to, uint64_t columns,
                                 bool spherical);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_LATENTWALK_H
