// Loops of a bound program.
#include "runtime/devices/BoundProgram.h"

namespace vae::runtime {

std::vector<int64_t> countRuns(std::span<const BoundCommand> commands) {
  std::vector<int64_t> runs(commands.size(), 1);
  for (size_t i = 0; i < commands.size(); ++i)
    if (commands[i].kind == BoundCommand::Kind::repeat)
      for (size_t inner = i + 1; inner <= i + commands[i].length; ++inner)
        runs[inner] *= commands[i].turns;
  return runs;
}

} // namespace vae::runtime
