// The CSV of a training run: one row a step, continued by a resume as if nothing had happened.
#ifndef VAE_RUNTIME_VAE_RUN_TRAININGLOG_H
#define VAE_RUNTIME_VAE_RUN_TRAININGLOG_H

#include "runtime/File.h"

#include <optional>
#include <span>

namespace vae::runtime::tool {

/// `step,epoch,loss,<terms>`: step counts from 1, epoch from 0; values with nine significant digits. Without a path it
/// writes nothing.
class TrainingLog {
public:
  /// Opens `path` for a run that has `stepsDone` steps behind it: rows of later steps are dropped, at 0 everything is.
  static Result<TrainingLog> open(const std::string &path, uint64_t stepsDone, std::span<const std::string> terms);

  Status add(uint64_t step, uint64_t epoch, std::span<const float> values);

private:
  std::optional<AppendFile> file;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_TRAININGLOG_H
