// The table by which uniform bits become normal deviates.
#ifndef VAE_IR_BUILDERS_NORMALTABLE_H
#define VAE_IR_BUILDERS_NORMALTABLE_H

#include <array>
#include <cstdint>

namespace vae {

/// Segments of the table: eight to each power of two from 2^-1 to 2^31. A polynomial has six coefficients, from the
/// constant term up.
inline constexpr unsigned normalTableSegments = 256;
inline constexpr unsigned normalTableTerms = 6;
using NormalTable = std::array<std::array<float, normalTableTerms>, normalTableSegments>;

/// x >= 0 with upper tail p of the standard normal distribution: P(X > x) = p, for p in (0, 0.5], to double precision.
double upperNormalQuantile(double p);

/// Row s holds, for f = (1 + s % 8 / 8 + t / 8) * 2^(s / 8 - 1) and t in [0, 1), the polynomial in t of the deviate
/// with upper tail f * 2^-32.
NormalTable makeNormalTable();

} // namespace vae

#endif // VAE_IR_BUILDERS_NORMALTABLE_H
