// What is trained on what: the loss, its data, its noise, its scalars; everything checked before the first step.
#ifndef VAE_RUNTIME_VAE_RUN_TRAININGPLAN_H
#define VAE_RUNTIME_VAE_RUN_TRAININGPLAN_H

#include "runtime/vae-run/Dataset.h"

namespace vae::runtime::tool {

struct TrainingPlan {
  std::string loss;               ///< name
  std::vector<std::string> terms; ///< "loss", then the terms that it reports
  std::vector<Dataset> data;      ///< one an input, all with as many items
  std::vector<Dataset> noise;     ///< one a random site, or none; row k belongs to the k-th item consumed
  Arguments scalars;
  std::optional<Signature> sampler; ///< with --samples: the entry `sample`
  uint64_t items = 0;
  uint64_t batch = 0;
  uint64_t lastStep = 0; ///< where training ends, counted from its very start

  static Result<TrainingPlan> read(vae_package *package, const TrainOptions &options);

  uint64_t stepsPerEpoch() const { return (items + batch - 1) / batch; }
  /// The items that the steps before `step` have consumed.
  uint64_t consumed(uint64_t step) const { return step / stepsPerEpoch() * items + step % stepsPerEpoch() * batch; }
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_TRAININGPLAN_H
