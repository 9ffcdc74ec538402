// Which entries of a package decode latents and which make them.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_LATENTENTRIES_H
#define VAE_RUNTIME_VAE_RUN_VERBS_LATENTENTRIES_H

#include "runtime/vae-run/Model.h"

namespace vae::runtime::tool {

/// The rule: a latent is an f32 input [B, numbers..] without a declared range (data declares its range), the only one
/// that an entry requires, and the entry's first result has a first axis of B as well. Of several such entries the one
/// called `decode` is meant; else `--entry` must say which.
struct Decoder {
  ProgramSignature entry;
  Field latent;
  int64_t size = 0; ///< elements of one latent
};

/// The entry called `wanted`, whatever range its input declares, or the one that the rule finds.
Result<Decoder> findDecoder(vae_package *package, const std::string &wanted);

/// An entry whose only required input is `input`, one of whose results is shaped like the decoder's latent and has no
/// declared range; the first such result is the latent (a mean stands before its variance).
struct Encoder {
  ProgramSignature entry;
  Field input;
  std::string result;
};

/// The entry called `wanted`, or the only one that takes `input`; of several the one called `encode`.
Result<Encoder> findEncoder(vae_package *package, const Decoder &decoder, const std::string &wanted,
                            const std::string &input);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_LATENTENTRIES_H
