// What kernel tests demand in one line each. Include in test sources alone.
#ifndef VAE_TESTS_BACKENDS_CPU_KERNELCHECK_H
#define VAE_TESTS_BACKENDS_CPU_KERNELCHECK_H

#include "tests/backends/cpu/KernelRun.h"
#include "tests/catch.h"
#include <cmath>

namespace vae::test {

/// The kernel of that text, compiled by that strategy.
inline std::unique_ptr<KernelRun> compiled(const std::string &text, const std::string &target,
                                           const std::string &strategy) {
  std::string error;
  std::unique_ptr<KernelRun> kernel = KernelRun::compile(text, target, error);
  INFO(text);
  REQUIRE(error == "");
  REQUIRE(kernel);
  REQUIRE(kernel->strategy() == strategy);
  return kernel;
}

inline void run(Call &call) {
  std::string error;
  bool ran = call.run(error);
  REQUIRE(error == "");
  REQUIRE(ran);
}

inline void requireClose(const std::vector<float> &got, const std::vector<double> &expected, double absolute,
                         double relative = 0, const char *what = "result") {
  REQUIRE(got.size() == expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    if (!(std::abs(got[i] - expected[i]) <= absolute + relative * std::abs(expected[i])))
      FAIL(what << " differs at " << i << ": " << got[i] << ", expected " << expected[i]);
}

} // namespace vae::test

#endif // VAE_TESTS_BACKENDS_CPU_KERNELCHECK_H
