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
  bool json = false;
};

/// Times a program and, on request, each of its kernels.
Status bench(const BenchOptions &options);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_BENCH_H
