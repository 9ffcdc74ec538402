// The training loop: its state is (weights, optimiser, step, seed), so that a resume gives the same bytes as an
// unbroken run.
#ifndef VAE_RUNTIME_VAE_RUN_TRAINING_TRAINER_H
#define VAE_RUNTIME_VAE_RUN_TRAINING_TRAINER_H

#include "runtime/base/FileLock.h"
#include "runtime/base/Stopwatch.h"
#include "runtime/vae-run/ProgressBar.h"
#include "runtime/vae-run/profile/Trace.h"
#include "runtime/vae-run/training/LossCurve.h"
#include "runtime/vae-run/training/TrainingLog.h"
#include "runtime/vae-run/training/TrainingPlan.h"

#include <map>

namespace vae::runtime::tool {

/// Sums of the losses and their reported terms since the epoch, or the resume, began; weighted by items.
struct EpochTotals {
  std::vector<double> sums;
  uint64_t items = 0;
  Stopwatch watch;

  void add(std::span<const float> values, uint64_t count);
  double mean(size_t term) const { return items == 0 ? 0 : sums[term] / static_cast<double>(items); }
  double itemsPerSecond() const { return static_cast<double>(items) / watch.seconds(); }
};

class Trainer {
public:
  Trainer(const TrainOptions &options, TrainingPlan plan, Model model)
      : options(options), plan(std::move(plan)), model(std::move(model)), log(options.log, this->plan.terms),
        curve(this->plan.terms), trace(options.trace) {}

  /// Trains to the end, to a signal, or to an error; keeps the last good checkpoint in every case.
  Status run();

private:
  Status start();
  Words programs() const;
  Status restore();
  Status checkSameData();
  Status loop();
  Status step();
  Status withCure(const Status &status) const;
  Status trainLoss(size_t index, std::vector<float> &values);
  using Variances = std::map<std::string, std::string>; ///< bytes of batch_norm's running variances, by the labels
  /// A copy.
  Result<TensorHandle> valueOf(const vae_parameter_info &parameter) const;
  Result<Variances> readVariances() const;
  /// Warns of each batch_norm whose statistics a batch of one item did not move.
  Status sayWhatStayed(const Variances &before);
  Status makeBatches(uint64_t count);
  Status gather(uint64_t count);
  void orderItems(uint64_t epoch);
  Status record(std::span<const float> values, uint64_t count);
  Status endEpoch();
  Status checkpoint();
  Result<DraftHandle> draftCheckpoint();
  /// Before a step: what a signal in its middle leaves of it.
  void guardStep();
  bool mayDraft() const;
  Status checkWeights();
  Status drawSampleGrid(uint64_t epoch);
  void showProgress();
  void reportEpoch(uint64_t epoch);
  Status drawPlot() const;
  std::string termText() const;
  std::string keptText() const;

  const TrainOptions &options;
  TrainingPlan plan;
  Model model;
  vae_progress progress{};           ///< steps done so far
  std::vector<FileLock> locks;       ///< of the checkpoint, and of the averages
  std::optional<uint64_t> savedStep; ///< of the checkpoint in options.save

  // A step that takes long can be stopped in its middle: the weights before it are in a file that has no name yet.
  DraftHandle draft;
  bool stopsAnywhere = false; ///< nothing is lost where this step is dropped
  std::optional<double> stepSeconds;
  double draftSeconds = 0; ///< what the last draft took

  std::vector<uint64_t> order; ///< of the items in epoch `orderedEpoch`
  std::optional<uint64_t> orderedEpoch;
  std::vector<TensorHandle> batches;                   ///< of the plan's data, each of `batchItems` items
  std::vector<std::vector<TensorHandle>> noiseBatches; ///< by loss and site
  uint64_t batchItems = 0;
  bool trainedAlone = false; ///< a batch of one item was trained on
  bool batchRefused = false; ///< training stopped at data, before a step touched the weights
  EpochTotals totals;
  TrainingLog log;
  LossCurve curve; ///< with options.plot
  Trace trace;     ///< of the first steps
  uint64_t stepsHere = 0;
  ProgressBar bar;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_TRAINING_TRAINER_H
