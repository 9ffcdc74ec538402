// A small package that uses everything a package can hold, for all devices.
#ifndef VAE_TESTS_RUNTIME_TOYPACKAGE_H
#define VAE_TESTS_RUNTIME_TOYPACKAGE_H

#include "runtime/package/Package.h"
#include "tests/runtime/conformance/PackageBuilder.h"

namespace vae::test {

/// Fills a builder with the toy model, so that a test can break it before `build`. Argument width = 8. Parameters: w f32[40, 3] uniform
/// [-1, 1), b f32[8] all 0.5. State m f32[8]. Constant c f32[8] = 0 .. 7. Programs:
///   scale       x[B, 8], factor = 2 -> y = factor * x
///   chain       x[n] -> y = 2 * x + 1, over four phases and two transients
///   transpose   x[m, n] -> y[n, m]
///   rows        -> y[120]: w row by row
///   turned      -> y[120]: w column by column, z[8] = b + c, both prepared by turned.prepare
///   random      -> r i32[4]: the random state
///   filled      size n -> y[n], all ones
///   constant    -> y = c
///   alias       x[n] -> y[4, n / 4]: x reversed, seen as [n / 4, 4], transposed
///   noisy       -> y[8] = c; noisy.noise: noise0[8] -> y = noise0
///   loss.train  x[8] -> loss = 0.5 * (step + 1), term = the same (reported); m += loss * x, b += m, w += 1
///   target      -> y[1]: 3 or 4, which CPU library runs (no Vulkan code)
PackageBuilder toyPackage();

std::vector<std::byte> toyPackageBytes();

/// Index of a program of `toyPackage()` by name.
size_t programIndex(const abi::PackageT &package, const std::string &name);

} // namespace vae::test

#endif // VAE_TESTS_RUNTIME_TOYPACKAGE_H
