// The CSV of a training run: one row a step, continued by a resume as if nothing had happened.
#ifndef VAE_RUNTIME_VAE_RUN_TRAINING_TRAININGLOG_H
#define VAE_RUNTIME_VAE_RUN_TRAINING_TRAININGLOG_H

#include "runtime/base/AppendFile.h"

#include <functional>
#include <optional>
#include <span>

namespace vae::runtime::tool {

/// `step,epoch,loss,<terms>`: step counts from 1, epoch from 0; values with nine significant digits. Without a path it
/// writes nothing.
class TrainingLog {
public:
  TrainingLog(std::string path, std::vector<std::string> terms) : path(std::move(path)), terms(std::move(terms)) {}

  /// Adds the row of a step. The first one opens the file: rows that it has for this step and later ones, of a run that
  /// went further before it was resumed, are dropped; at step 1 everything is.
  Status add(uint64_t step, uint64_t epoch, std::span<const float> values);

  /// Hands out the rows of the file, oldest first, that a run which goes on after `stepsDone` steps would keep. A
  /// missing file, or a pipe, has none.
  Status read(uint64_t stepsDone, const std::function<void(uint64_t step, std::span<const float> values)> &row) const;

private:
  std::string header() const;
  Status open(uint64_t stepsDone);

  std::string path;
  std::vector<std::string> terms;
  std::optional<AppendFile> file;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_TRAINING_TRAININGLOG_H
