// One command computed strip by strip, with all that it needs made anew for each strip.
#ifndef VAE_RUNTIME_SESSION_STRIPS_SWEEP_H
#define VAE_RUNTIME_SESSION_STRIPS_SWEEP_H

#include "runtime/session/strips/Pieces.h"
#include "runtime/session/strips/ValueGraph.h"

#include <map>

namespace vae::runtime {

/// What all plans of one program at its sizes go by.
struct StripProblem {
  StripProblem(const Package &package, const PackageProgram &program, const SizedProgram &sized, uint32_t symbol,
               uint64_t alignment);

  /// Bytes that a unit of the symbol takes of a value that pieces divide.
  uint64_t unitBytes(uint32_t value) const { return graph.values[value].bytes / static_cast<uint64_t>(units); }
  /// Bytes that all of a value takes where it lies.
  uint64_t wholeBytes(uint32_t value) const;

  const Package &package;
  const PackageProgram &program;
  const SizedProgram &sized;
  uint32_t symbol;
  uint64_t alignment;
  int64_t units; ///< the symbol's value
  ValueGraph graph;
  std::vector<std::optional<Piece>> pieces; ///< by command
  std::vector<double> flops;                ///< by command
};

/// Units that a step covers beyond its strip, where the tensor has them.
struct Margin {
  int64_t before = 0, after = 0;
};

/// A place for the strip of a value, from step `first` to step `last`.
struct Slot {
  uint64_t unitBytes = 0;
  Margin margin;
  size_t first = 0, last = 0;
};

struct SweepStep {
  uint32_t command = 0;
  Margin margin;
  /// Values to bring to where the step writes over them, by binding.
  std::vector<size_t> copies;
};

struct Sweep {
  std::vector<SweepStep> steps;      ///< the last is the command itself
  std::map<uint32_t, size_t> slotOf; ///< by value that is made in it
  std::vector<Slot> slots;
  /// The last step writes where its results are kept; else to a slot, of which the strip is copied there.
  bool direct = false;
  int64_t grain = 1;  ///< strips begin at multiples of so many units
  int64_t height = 1; ///< units of a strip, chosen by the plan
  /// Values kept, all of whose reads need the strip's own rows alone: results may be kept over them.
  std::vector<uint32_t> aligned;

  /// Bytes of slots in use at once, at strips of `height` units.
  uint64_t bytes(int64_t height) const;
  /// The largest height, a multiple of the grain, with which the slots need no more than `bytes`; the grain where none
  /// does.
  int64_t heightFor(uint64_t bytes, int64_t units) const;
};

/// The sweep of a command that reads values which are kept nowhere. None where strips could not begin at what the device
/// can bind.
std::optional<Sweep> makeSweep(const StripProblem &problem, uint32_t command, const std::vector<bool> &unkept);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_STRIPS_SWEEP_H
