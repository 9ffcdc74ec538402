// A package small enough to work out by hand, for tests of the command line.
#ifndef VAE_TESTS_RUNTIME_VAE_RUN_LINEPACKAGE_H
#define VAE_TESTS_RUNTIME_VAE_RUN_LINEPACKAGE_H

#include <cstddef>
#include <vector>

namespace vae::test {

/// Model "line": parameter w f32[4] uniform [0, 1), state m f32[4]. Programs:
///   apply      x[B, 4] in [0, 1] -> y[B, 4] in [0, 1] = x * w, w (a copy of the parameter)
///   mirror     x[B, 4] -> y[B, 4] = x * w: one result only
///   sample     size n -> y[n, 4], random in [0, 1)
///   fit.train  x[B, 4] in [0, 1] and noise: see kernels.c; rate = 0.1 / (1 + step); loss, far (reported).
///   fit.train.noise: noise0[B, 4]
///   encode     x[B, 4] in [0, 1] -> mu[B, 4] = x * w
///   decode     z[B, 4] -> y[B, 4] in [-3, 3] = z * w
///   jitter     x[B, 4] in [0, 1] -> y[B, 4] = x * w, d[B, 4] in [0, 1], random
///   codes      label[n] of i32 in [0, 3], level = 1 -> code[n] of i32 = label, at = level
std::vector<std::byte> linePackageBytes();

/// Model "labelled", which only trains: fit.train as above but with a second input label[B] in [0, 3] of i32, and a
/// reported term `match`, the sum over rows of |label - 3 * x[.., 0]|.
std::vector<std::byte> labelledPackageBytes();

} // namespace vae::test

#endif // VAE_TESTS_RUNTIME_VAE_RUN_LINEPACKAGE_H
