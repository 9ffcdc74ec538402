// What a choice of values to keep costs.
#ifndef VAE_RUNTIME_SESSION_STRIPS_KEEPING_H
#define VAE_RUNTIME_SESSION_STRIPS_KEEPING_H

#include "runtime/session/strips/StripPlan.h"

namespace vae::runtime {

/// Values in places that they share one after another, and when each place is in use.
struct Places {
  struct Place {
    uint64_t bytes = 0;
    uint32_t first = 0, last = 0; ///< segments
  };
  std::vector<uint32_t> of; ///< by value: its place; none of those kept nowhere
  std::vector<Place> places;
};

/// A choice, worked out for a number of bytes.
struct Keeping {
  std::vector<Segment> segments;
  Places places;
  uint64_t most = 0;  ///< bytes of the segment that needs most
  uint32_t worst = 0; ///< that segment
  double excess = 0;  ///< bytes beyond what was allowed, of all segments together
  double work = 0;    ///< operations, passes over memory counted as such

  /// Whether the value is kept while the segment runs that needs most.
  bool isInWorst(uint32_t value) const {
    if (places.of[value] == none)
      return false;
    const Places::Place &place = places.places[places.of[value]];
    return place.first <= worst && worst <= place.last;
  }
};

/// None where a value that is not kept cannot be made in strips. `allowed`: bytes of arena and prepared tensors.
std::optional<Keeping> workOut(const StripProblem &problem, const std::vector<bool> &unkept, uint64_t allowed,
                               bool inStages);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_STRIPS_KEEPING_H
