// Sums over windows: down the columns first, then along the row that this gives, so that memory is a few rows.
#include "runtime/vae-run/roundtrip/Similarity.h"

#include <array>
#include <cmath>

namespace vae::runtime::tool {
namespace {

constexpr size_t side = 11, middle = 5;
constexpr double deviation = 1.5;

std::array<double, side> gaussianWeights() {
  std::array<double, side> weights{};
  double sum = 0;
  for (size_t i = 0; i < side; ++i) {
    const double distance = static_cast<double>(i) - static_cast<double>(middle);
    sum += weights[i] = std::exp(-distance * distance / (2 * deviation * deviation));
  }
  for (double &weight : weights)
    weight /= sum;
  return weights;
}

/// Weighted means of a, b and their products over a window.
struct Moments {
  double a = 0, b = 0, aa = 0, bb = 0, ab = 0;

  void add(double weight, const Moments &other) {
    a += weight * other.a;
    b += weight * other.b;
    aa += weight * other.aa;
    bb += weight * other.bb;
    ab += weight * other.ab;
  }

  double similarity() const {
    constexpr double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
    const double varianceA = aa - a * a, varianceB = bb - b * b, covariance = ab - a * b;
    return (2 * a * b + c1) * (2 * covariance + c2) / ((a * a + b * b + c1) * (varianceA + varianceB + c2));
  }
};

/// The sum of the similarities of the windows of one plane that begin in one row.
double similaritiesOfRow(const float *a, const float *b, size_t width) {
  static const std::array<double, side> weights = gaussianWeights();
  std::vector<Moments> columns(width);
  for (size_t y = 0; y < side; ++y)
    for (size_t x = 0; x < width; ++x) {
      const double p = static_cast<double>(a[y * width + x]), q = static_cast<double>(b[y * width + x]);
      columns[x].add(weights.at(y), {p, q, p * p, q * q, p * q});
    }
  double sum = 0;
  for (size_t x = 0; x + side <= width; ++x) {
    Moments window;
    for (size_t k = 0; k < side; ++k)
      window.add(weights.at(k), columns[x + k]);
    sum += window.similarity();
  }
  return sum;
}

} // namespace

Planes Planes::of(const Picture &picture) {
  Planes planes{picture.channels, picture.height, picture.width, std::vector<float>(picture.sampleCount())};
  const size_t channels = static_cast<size_t>(picture.channels), area = picture.sampleCount() / channels;
  const float full = picture.wide ? 65535 : 255;
  for (size_t i = 0; i < picture.sampleCount(); ++i)
    planes.values[i % channels * area + i / channels] = static_cast<float>(picture.sample(i)) / full;
  return planes;
}

double psnr(const Planes &a, const Planes &b) {
  double squares = 0;
  for (size_t i = 0; i < a.values.size(); ++i) {
    const double difference = static_cast<double>(a.values[i]) - static_cast<double>(b.values[i]);
    squares += difference * difference;
  }
  return -10 * std::log10(squares / static_cast<double>(a.values.size()));
}

std::optional<double> ssim(const Planes &a, const Planes &b) {
  const size_t height = static_cast<size_t>(a.height), width = static_cast<size_t>(a.width);
  if (height < side || width < side)
    return std::nullopt;
  const size_t rows = height - side + 1, columns = width - side + 1, channels = static_cast<size_t>(a.channels);
  double sum = 0;
  for (size_t c = 0; c < channels; ++c)
    for (size_t y = 0; y < rows; ++y) {
      const size_t start = (c * height + y) * width;
      sum += similaritiesOfRow(a.values.data() + start, b.values.data() + start, width);
    }
  return sum / static_cast<double>(channels * rows * columns);
}

} // namespace vae::runtime::tool
