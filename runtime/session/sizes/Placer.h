// Where buffers with limited lives go in one arena.
#ifndef VAE_RUNTIME_SESSION_SIZES_PLACER_H
#define VAE_RUNTIME_SESSION_SIZES_PLACER_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <span>
#include <vector>

namespace vae::runtime {

/// Something that needs `bytes` from phase `first` to phase `last`, both included.
struct PlacerItem {
  uint64_t bytes = 0;
  uint32_t first = 0, last = 0;
};

struct Placement {
  std::vector<uint64_t> offsets; ///< one an item, multiples of the alignment
  uint64_t bytes = 0;            ///< end of the furthest item: the arena's size
  uint64_t unplacedBytes = 0;    ///< what the items would take with no sharing
};

/// Best fit, largest first: each item goes into the smallest gap between those already placed whose lives meet its own.
/// Items whose lives meet never overlap. The result depends on the items alone. invalidArgument where sizes overflow.
/// `alignment` is a power of two.
Result<Placement> place(std::span<const PlacerItem> items, uint64_t alignment);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_SIZES_PLACER_H
