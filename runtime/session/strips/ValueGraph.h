// A program's tensors as values, each made once.
#ifndef VAE_RUNTIME_SESSION_STRIPS_VALUEGRAPH_H
#define VAE_RUNTIME_SESSION_STRIPS_VALUEGRAPH_H

#include "runtime/package/Package.h"
#include "runtime/session/sizes/SizedProgram.h"

namespace vae::runtime {

inline constexpr uint32_t none = ~uint32_t{0};

/// What a buffer of the arena holds from one write to the next.
struct StripValue {
  uint32_t root = 0;             ///< the buffer
  uint32_t maker = none;         ///< the command that writes it; none of an input
  uint32_t tied = none;          ///< the value that its maker writes it over
  std::vector<uint32_t> readers; ///< commands, in order
  uint64_t bytes = 0;
  bool isOutput = false; ///< returned to the caller
};

/// What a command reads and writes, by binding: values, none where there is none of the arena. A copy binds source and
/// destination, a fill its destination.
struct CommandUses {
  std::vector<uint32_t> buffers, reads, writes;
};

/// The values of a program without repeats.
struct ValueGraph {
  ValueGraph(const Package &package, const PackageProgram &program, const SizedProgram &sized);

  std::vector<StripValue> values;
  std::vector<CommandUses> uses; ///< by command
  std::vector<uint32_t> initial; ///< by buffer: the value that it holds before the first command
  std::vector<uint32_t> final;   ///< by buffer: the value that it holds in the end
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_STRIPS_VALUEGRAPH_H
