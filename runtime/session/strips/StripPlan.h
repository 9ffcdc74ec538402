// A program within a budget of memory: which values are kept, and which are made anew for every strip.
#ifndef VAE_RUNTIME_SESSION_STRIPS_STRIPPLAN_H
#define VAE_RUNTIME_SESSION_STRIPS_STRIPPLAN_H

#include "runtime/session/strips/Sweep.h"

#include <set>

namespace vae::runtime {

/// A command run whole, or a sweep.
struct Segment {
  uint32_t command = 0;
  std::optional<Sweep> sweep;
  uint64_t live = 0;     ///< bytes of values kept meanwhile
  uint64_t prepared = 0; ///< bytes of prepared tensors that it binds
};

/// Calls `visit` with each command of a segment, in order.
template <typename Visit> void forEachCommand(const Segment &segment, Visit visit) {
  if (!segment.sweep)
    return visit(segment.command);
  for (const SweepStep &step : segment.sweep->steps)
    visit(step.command);
}

/// The prepared tensors that a segment binds, by buffer.
std::set<uint32_t> preparedIn(const StripProblem &problem, const Segment &segment);

struct StripPlan {
  uint32_t symbol = 0;
  std::vector<Segment> segments;
  std::vector<uint32_t> keptIn;                   ///< by value: the place it is kept in; none of those made anew
  std::vector<uint64_t> placeOffsets;             ///< by place, in the arena
  std::vector<uint64_t> slotOffsets;              ///< by segment: where its slots begin
  std::vector<std::vector<uint64_t>> slotsWithin; ///< by segment and slot, from there
  uint64_t arenaBytes = 0;
  uint64_t preparedBytes = 0; ///< the most that a segment binds
  double work = 1;            ///< against a run that keeps everything

  uint64_t bytes() const { return arenaBytes + preparedBytes; }
};

/// The plan that does the least work among those found within `bytes` of arena and prepared tensors; where none is
/// within it the one that needs the least. `inStages`: prepared tensors come and go, else they are all there. None where
/// nothing of the program can be divided.
Result<std::optional<StripPlan>> planStrips(const Package &package, const PackageProgram &program,
                                            const SizedProgram &sized, uint64_t alignment, uint64_t bytes,
                                            bool inStages);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_STRIPS_STRIPPLAN_H
