// A file of weights beside what is wanted of it: what fits, what was done so that it does, what is wrong.
#ifndef VAE_RUNTIME_SESSION_WEIGHTMATCH_H
#define VAE_RUNTIME_SESSION_WEIGHTMATCH_H

#include "runtime/session/WeightNames.h"

namespace vae::runtime {

struct MatchRules {
  /// A checkpoint of ours has the wanted names and no others; other files may have prefixes, bookkeeping, more tensors
  /// under names that are foreign to the model, and states of ours, which are passed over.
  bool isCheckpoint = false;
  bool allowExtra = false; ///< pass over every tensor that is not wanted
  std::string needer;      ///< who needs the needed tensors: "the model", "'decode'"
};

struct WeightMatch {
  std::vector<const SafetensorsEntry *> entries; ///< by wanted tensor; null where the file has none that fits
  std::vector<std::string> notes;                ///< what was done to make the file fit, one line each
};

/// invalidFile says what is common to both, and of what is missing, different or extra the first and how many.
Result<WeightMatch> matchWeights(const SafetensorsFile &file, std::span<const WantedTensor> wanted,
                                 const MatchRules &rules);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_WEIGHTMATCH_H
