// Where a program may be cut, so that prepared tensors come and go between its stages.
#ifndef VAE_RUNTIME_SESSION_STAGES_H
#define VAE_RUNTIME_SESSION_STAGES_H

#include "runtime/devices/BoundProgram.h"
#include "runtime/session/sizes/SizedProgram.h"

namespace vae::runtime {

/// A stretch of a program's commands that ends where a phase does.
struct Stage {
  size_t begin = 0, end = 0;      ///< commands
  std::vector<uint32_t> prepared; ///< buffers of kind prepared that it binds, each once
  std::vector<uint32_t> released; ///< those of them that no later stage binds
};

/// Stages that follow each other joined, where together they bind no more than `bytes` of prepared tensors, or one of
/// them binds none; `released` is noted anew.
std::vector<Stage> joinStages(const std::vector<Stage> &parts, const SizedProgram &sized, uint64_t bytes);

/// The commands in stages of one phase or more, each with at most `bytes` of prepared tensors where one phase does not
/// need more.
std::vector<Stage> cutStages(const PackageProgram &program, const SizedProgram &sized, uint64_t bytes);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_STAGES_H
