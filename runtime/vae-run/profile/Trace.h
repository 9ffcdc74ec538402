// Runs as a file for chrome://tracing and Perfetto.
#ifndef VAE_RUNTIME_VAE_RUN_PROFILE_TRACE_H
#define VAE_RUNTIME_VAE_RUN_PROFILE_TRACE_H

#include "runtime/base/Stopwatch.h"
#include "runtime/vae-run/Model.h"

namespace vae::runtime::tool {

/// When programs ran, and when each turn of their kernels did. Without a path it only runs them.
class Trace {
public:
  /// Of so many runs, those that are traced: a run that is takes longer.
  static constexpr uint64_t steps = 10;

  explicit Trace(std::string path = {}) : path(std::move(path)) {}

  bool isOn() const { return !path.empty(); }
  /// Whether the file can be written, to be asked before work begins.
  Status check() const;

  /// vae_session_run, or vae_session_train_step; traced where the trace is on.
  Result<ResultHandle> run(vae_session *session, vae_run request,
                           decltype(&vae_session_run) function = vae_session_run);

  /// Writes the file, whole or not at all.
  Status write(const Model &model) const;

private:
  void addRun(const vae_run &request, const vae_result *result, double start, double seconds);
  void addEvent(const std::string &head, double start, double seconds, const std::string &arguments);

  std::string path;
  Stopwatch watch;
  std::string events; ///< JSON, each with a comma behind it
  uint64_t count = 0;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_PROFILE_TRACE_H
