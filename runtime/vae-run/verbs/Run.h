// vae-run run.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_RUN_H
#define VAE_RUNTIME_VAE_RUN_VERBS_RUN_H

#include "runtime/base/Status.h"
#include "runtime/formats/pictures/PictureFit.h"
#include "runtime/vae-run/Options.h"

#include <optional>

namespace vae::runtime::tool {

struct RunOptions {
  ModelOptions model;
  std::string program;
  Words arguments; ///< name=value
  Words outputs;   ///< path or name=path
  Words noise;
  PictureFit pictures;
  std::optional<uint64_t> batch; ///< items at a time; nothing: all at once
  bool compare = false;
  bool allowNonFinite = false;
  bool check = false; ///< look for the first value that is not finite
  std::string trace;  ///< a file; empty: none
  bool json = false;
};

/// Runs a program once, or in batches, and writes the results that were asked for.
Status run(const RunOptions &options);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_RUN_H
