// A package's tensors in one safetensors file.
#ifndef VAE_RUNTIME_SESSION_CHECKPOINT_H
#define VAE_RUNTIME_SESSION_CHECKPOINT_H

#include "runtime/package/Package.h"

namespace vae::runtime {

/// Where training stands; a checkpoint holds it beside weights and states.
struct TrainingProgress {
  uint64_t step = 0;  ///< steps done
  uint64_t epoch = 0; ///< of the next step
  uint64_t seed = 0;
  uint64_t batch = 0; ///< items a step; 0, as what follows, where it is not known
  uint64_t items = 0; ///< of the data
  uint64_t data = 0;  ///< a fingerprint of the data
};

/// Values in the package's order. Weights alone have no states and no progress.
struct Checkpoint {
  std::vector<HostTensor> parameters, states;
  std::optional<TrainingProgress> progress;
};

/// The weights of a file of exactly the package's parameters: names, shapes and types; states of ours are passed over.
/// invalidFile names all that is missing, extra or different.
Result<Checkpoint> readWeights(const Package &package, const std::string &path);
/// Weights, states and progress of a file that has exactly these, and of a model of this name.
Result<Checkpoint> readCheckpoint(const Package &package, const std::string &path);

/// Writes what `checkpoint` holds: states as "state/<name>", progress as metadata.
Status writeCheckpoint(const Package &package, const Checkpoint &checkpoint, const std::string &path);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_CHECKPOINT_H
