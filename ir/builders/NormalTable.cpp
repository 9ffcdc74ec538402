// Fits the inverse of the normal distribution function, segment by segment, in double precision.
#include "ir/builders/NormalTable.h"
#include <cmath>
#include <numbers>

using namespace vae;

/// Newton's method on the logarithm of the tail, which is concave and nearly quadratic in x: from the right start every
/// step undershoots the error quadratically, and no tail is too small.
double vae::upperNormalQuantile(double p) {
  long double target = p, x = p < 0.4 ? std::sqrt(-2 * std::log(target)) * 0.8L : 0.0L;
  for (int step = 0; step < 60; ++step) {
    long double tail = std::erfc(x / std::numbers::sqrt2_v<long double>) / 2;
    long double density =
        std::exp(-x * x / 2) * std::numbers::inv_sqrtpi_v<long double> / std::numbers::sqrt2_v<long double>;
    long double change = tail / density * std::log(tail / target);
    x += change;
    if (std::abs(change) <= 1e-18L * (1 + x))
      break;
  }
  return static_cast<double>(x);
}

/// Coefficients in powers of t of the polynomial through six Chebyshev points of [0, 1], by Newton's divided
/// differences.
static std::array<double, normalTableTerms> interpolate(const std::array<double, normalTableTerms> &points,
                                                        std::array<double, normalTableTerms> values) {
  constexpr unsigned n = normalTableTerms;
  for (unsigned order = 1; order < n; ++order)
    for (unsigned i = n - 1; i >= order; --i)
      values[i] = (values[i] - values[i - 1]) / (points[i] - points[i - order]);
  std::array<double, n> coefficients{};
  for (unsigned i = n; i-- > 0;) {
    for (unsigned power = n - 1; power > 0; --power)
      coefficients[power] = coefficients[power - 1] - points[i] * coefficients[power];
    coefficients[0] = values[i] - points[i] * coefficients[0];
  }
  return coefficients;
}

NormalTable vae::makeNormalTable() {
  std::array<double, normalTableTerms> points, values;
  for (unsigned i = 0; i < normalTableTerms; ++i)
    points[i] = 0.5 - 0.5 * std::cos(std::numbers::pi * (i + 0.5) / normalTableTerms);
  NormalTable table;
  for (unsigned segment = 0; segment < normalTableSegments; ++segment) {
    double octave = std::ldexp(1.0, static_cast<int>(segment / 8) - 1 - 32);
    for (unsigned i = 0; i < normalTableTerms; ++i)
      values[i] = upperNormalQuantile(octave * (1 + (segment % 8 + points[i]) / 8));
    std::array<double, normalTableTerms> coefficients = interpolate(points, values);
    for (unsigned i = 0; i < normalTableTerms; ++i)
      table[segment][i] = static_cast<float>(coefficients[i]);
  }
  return table;
}
