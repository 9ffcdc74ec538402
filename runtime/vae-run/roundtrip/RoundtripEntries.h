// Which entries of a package a picture goes through there and back, and which sizes they take.
#ifndef VAE_RUNTIME_VAE_RUN_ROUNDTRIP_ROUNDTRIPENTRIES_H
#define VAE_RUNTIME_VAE_RUN_ROUNDTRIP_ROUNDTRIPENTRIES_H

#include "runtime/vae-run/Model.h"

namespace vae::runtime::tool {

/// A result of the encoder and the input of the decoder that takes it.
struct RoundtripLink {
  std::string result, input;
};

/// One entry that reconstructs, or two: one that encodes and one that decodes.
struct RoundtripEntries {
  ProgramSignature first;                 ///< takes the pictures
  Field input;                            ///< of `first`
  std::optional<ProgramSignature> second; ///< where there are two
  std::vector<RoundtripLink> links;       ///< between the two
  Field output;                           ///< of the last one

  Words names() const { return second ? Words{first.name, second->name} : Words{first.name}; }
};

/// The entries that a user names; empty ones are looked for.
struct WantedEntries {
  std::string reconstructing, encoder, decoder;
};

/// The rule: pictures are the only input that an entry requires, f32 of a declared range led by a size. `reconstruct` is
/// such an entry whose first result is f32 with as many axes. Without it a pair is looked for: a decoder each of whose
/// required inputs is like a result of the encoder (of its name, else the first that fits: a mean stands before its
/// variance), and whose first result has as many axes as the pictures. Of several pairs that of `encode` and `decode`, or
/// `decode_codes`, is meant.
Result<RoundtripEntries> findRoundtrip(vae_package *package, const WantedEntries &wanted);

struct RowsAndColumns {
  int64_t height = 0, width = 0;
  bool operator==(const RowsAndColumns &) const = default;
};

/// The least size, of a picture's or larger, that `entries` take: their input's sizes are reached, and all that the
/// program computes of them divides. invalidArgument where there is none near.
Result<RowsAndColumns> sizeTaken(vae_package *package, const RoundtripEntries &entries, RowsAndColumns picture);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_ROUNDTRIP_ROUNDTRIPENTRIES_H
