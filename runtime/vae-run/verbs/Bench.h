// vae-run bench.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_BENCH_H
#define VAE_RUNTIME_VAE_RUN_VERBS_BENCH_H

#include "runtime/base/Status.h"
#include "runtime/vae-run/Options.h"

namespace vae::runtime::tool {

struct BenchOptions {
  ModelOptions model;
  std::string program;
  Words arguments;
  uint64_t repeat = 10;
  std::string profile; ///< "kernels", "summary"; empty: none
  std::string trace;   ///< a file; empty: none
  bool json = false;

  /// Profiling slows a run down, so that runs of their own are profiled.
  bool profiles() const { return !profile.empty() || !trace.empty(); }
};

/// Times a program and, on request, each of its kernels.
Status bench(const BenchOptions &options);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_BENCH_H
