// A program run over inputs of any length, some items at a time.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_BATCHRUN_H
#define VAE_RUNTIME_VAE_RUN_VERBS_BATCHRUN_H

#include "runtime/vae-run/Outputs.h"
#include "runtime/vae-run/inputs/Dataset.h"
#include "runtime/vae-run/profile/Trace.h"
#include "runtime/vae-run/verbs/Run.h"

namespace vae::runtime::tool {

/// The inputs that are files are all led by one size, along which they are cut; so are the results, which are joined.
/// Batch k runs with step k, so that no two draw the same noise; given noise is cut with the data. Otherwise the
/// results are those of a single run.
class BatchRun {
public:
  /// Opens and checks everything that can be before the first batch.
  static Result<BatchRun> read(const ProgramSignature &signature, const RunOptions &options,
                               const std::vector<Field> &noiseInputs);

  /// The results over all items. `request` is what all batches have in common.
  Result<std::vector<Outcome>> run(vae_session *session, vae_run request, Trace &trace) const;

private:
  BatchRun(const ProgramSignature &signature, const RunOptions &options) : signature(signature), options(options) {}
  Status addData(const Field &field, const std::string &path);
  Status checkResults() const;
  Result<std::vector<Outcome>> runBatch(vae_session *session, vae_run request, uint64_t first, uint64_t count,
                                        Trace &trace) const;
  Status append(std::vector<Outcome> batch, uint64_t first, std::vector<Outcome> &all) const;
  uint64_t items() const { return data.front().items(); }

  const ProgramSignature &signature;
  const RunOptions &options;
  std::string symbol; ///< the size along which all is cut
  std::vector<Dataset> data;
  Words others; ///< the words that every batch takes as they are
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_BATCHRUN_H
