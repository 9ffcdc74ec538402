// What is trained on what: the losses, their data, their noise, their scalars; everything checked before the first
// step.
#ifndef VAE_RUNTIME_VAE_RUN_TRAINING_TRAININGPLAN_H
#define VAE_RUNTIME_VAE_RUN_TRAINING_TRAININGPLAN_H

#include "runtime/vae-run/inputs/Arguments.h"
#include "runtime/vae-run/inputs/Dataset.h"

namespace vae::runtime::tool {

struct TrainOptions {
  ModelOptions model;
  std::string loss;
  Words data; ///< path or name=path
  Words arguments;
  Words noise;
  PictureFit pictures;
  uint64_t epochs = 10;
  std::optional<uint64_t> steps;
  uint64_t batch = 64;
  bool seedGiven = false;
  bool shuffle = true;
  std::string save, saveAverage, resume, log, samples, plot, trace;
  uint64_t checkpointEvery = 0;
  bool check = false; ///< look for the first value that is not finite
  bool json = false;
};

/// One loss, and what its training takes at each step.
struct PlannedLoss {
  std::string name;
  std::vector<std::string> terms; ///< "loss", then the terms that it reports
  std::vector<size_t> data;       ///< which of the plan's data, one an input
  std::vector<Dataset> noise;     ///< one a random site, or none; row k belongs to the k-th item consumed
  Arguments scalars;
};

struct TrainingPlan {
  std::vector<PlannedLoss> losses;         ///< a step trains each of them, in the order of `train`
  std::vector<std::string> terms;          ///< of all losses; where there are several, behind `<loss>.`
  std::vector<Dataset> data;               ///< all with as many items; losses that take the same share it
  std::optional<ProgramSignature> sampler; ///< with --samples: the entry `sample`
  uint64_t items = 0;
  uint64_t batch = 0;
  uint64_t fingerprint = 0; ///< of the data
  uint64_t lastStep = 0;    ///< where training ends, counted from its very start

  static Result<TrainingPlan> read(vae_package *package, const TrainOptions &options);

  /// invalidArgument where training would write a file that it reads, or one twice. The checkpoint that it goes on from
  /// may be the one that it writes.
  Status checkFiles(const TrainOptions &options) const;

  uint64_t stepsPerEpoch() const { return (items + batch - 1) / batch; }
  /// The items that the steps before `step` have consumed.
  uint64_t consumed(uint64_t step) const { return step / stepsPerEpoch() * items + step % stepsPerEpoch() * batch; }
  /// What --samples writes after an epoch, counted from 1.
  static std::string sampleFile(const TrainOptions &options, uint64_t epoch);
  /// "generator, discriminator"
  std::string lossNames() const;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_TRAINING_TRAININGPLAN_H
