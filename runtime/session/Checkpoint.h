// A package's tensors in one safetensors file.
#ifndef VAE_RUNTIME_SESSION_CHECKPOINT_H
#define VAE_RUNTIME_SESSION_CHECKPOINT_H

#include "runtime/formats/Safetensors.h"
#include "runtime/package/Package.h"

#include <memory>

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
  std::vector<std::optional<HostTensor>> parameters; ///< none: left out
  std::vector<HostTensor> states;
  std::optional<TrainingProgress> progress;
};

/// The same in a file, which is read when a value is needed.
struct StoredCheckpoint {
  std::shared_ptr<const SafetensorsFile> file;
  std::vector<const SafetensorsEntry *> parameters, states; ///< of `file`; null for a parameter that it lacks
  std::optional<TrainingProgress> progress;
  std::vector<std::string> notes; ///< what was done to make the file fit, one line each
};

/// How weights may differ from the model's.
struct WeightsRules {
  std::vector<std::string> programs; ///< parameters that none of these reads may be missing; empty: all are needed
  bool allowExtra = false;           ///< pass over tensors that the model lacks
  /// The file is one of the parameters under this label, whose names there lack it; empty: of the model.
  std::string part{};
  std::vector<std::string> otherParts{}; ///< labels that come from files of their own: this one may lack them
};

/// By parameter, whether one of the programs reads it, or a preparation for one; all without programs.
Result<std::vector<bool>> neededParameters(const Package &package, std::span<const std::string> programs);
/// "the model", "'decode'", "'encode' and others: 2"
std::string neederText(std::span<const std::string> programs);

/// The weights in a file of the package's parameters, or of those that some programs need. Prefixes in front of all
/// names, bookkeeping, states of ours and foreign tensors are passed over; F16, BF16 and F64 are read as f32.
/// A file of the model may lack its frozen
/// parts. invalidFile names what is missing, extra or different; notFound an unknown program; invalidArgument a part
/// without parameters.
Result<StoredCheckpoint> readWeights(const Package &package, const std::string &path, const WeightsRules &rules);
/// The weights inside a package that has some: parameters of the package under their own paths, not necessarily all;
/// F16, BF16 and F64 are read as f32. invalidFile names what is extra or different.
Result<StoredCheckpoint> readWeightsInside(const Package &package);
/// Weights, states and progress of a file that has exactly these, and of a model of this name.
Result<StoredCheckpoint> readCheckpoint(const Package &package, const std::string &path);

/// Writes what `checkpoint` holds: states as "state/<name>", progress as metadata. The file is yet to be settled and
/// published.
Result<AtomicFile> draftCheckpoint(const Package &package, const Checkpoint &checkpoint, const std::string &path);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_CHECKPOINT_H
