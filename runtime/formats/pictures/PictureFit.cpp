// Resampling by a triangle filter, rows and columns one after the other, in fixed point.
#include "runtime/formats/pictures/PictureFit.h"

#include <algorithm>
#include <cmath>

namespace vae::runtime {
namespace {

constexpr int weightBits = 22;

/// The samples that make a new one, and how much of each.
struct SampleWindow {
  int64_t first;
  std::vector<int64_t> weights; ///< in units of 2^-weightBits
};

/// Part of an axis.
struct Extent {
  float start, end;
};

std::vector<SampleWindow> windowsFor(int64_t size, Extent extent, int64_t newSize) {
  const double scale = static_cast<double>(extent.end - extent.start) / static_cast<double>(newSize);
  const double reach = std::max(scale, 1.0);
  std::vector<SampleWindow> windows;
  for (int64_t i = 0; i < newSize; ++i) {
    const double centre = static_cast<double>(extent.start) + (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<int64_t>(0, std::llround(centre - reach));
    const auto last = std::min<int64_t>(size, std::llround(centre + reach));
    std::vector<double> shares;
    double total = 0;
    for (int64_t x = first; x < last; ++x) {
      double distance = std::abs((static_cast<double>(x) - centre + 0.5) / reach);
      shares.push_back(std::max(0.0, 1.0 - distance));
      total += shares.back();
    }
    SampleWindow &window = windows.emplace_back(SampleWindow{first, {}});
    for (double share : shares)
      window.weights.push_back(std::llround(share / total * (1 << weightBits)));
  }
  return windows;
}

uint16_t weighed(const Picture &picture, const SampleWindow &window, size_t start, size_t stride) {
  int64_t sum = int64_t{1} << (weightBits - 1);
  for (size_t k = 0; k < window.weights.size(); ++k)
    sum += window.weights[k] * picture.sample(start + k * stride);
  return static_cast<uint16_t>(std::clamp<int64_t>(sum >> weightBits, 0, picture.wide ? 0xffff : 0xff));
}

Picture resizedAcross(const Picture &picture, Extent extent, int64_t width) {
  Picture made = picture.like(width, picture.height, picture.channels);
  const std::vector<SampleWindow> windows = windowsFor(picture.width, extent, width);
  const size_t channels = static_cast<size_t>(picture.channels), row = static_cast<size_t>(picture.width) * channels;
  for (size_t y = 0, i = 0; y < static_cast<size_t>(picture.height); ++y)
    for (const SampleWindow &window : windows)
      for (size_t c = 0; c < channels; ++c, ++i)
        made.setSample(i,
                       weighed(picture, window, y * row + static_cast<size_t>(window.first) * channels + c, channels));
  return made;
}

Picture resizedDown(const Picture &picture, Extent extent, int64_t height) {
  Picture made = picture.like(picture.width, height, picture.channels);
  const size_t row = static_cast<size_t>(picture.width * picture.channels);
  size_t i = 0;
  for (const SampleWindow &window : windowsFor(picture.height, extent, height))
    for (size_t x = 0; x < row; ++x, ++i)
      made.setSample(i, weighed(picture, window, static_cast<size_t>(window.first) * row + x, row));
  return made;
}

/// The middle of an axis.
Extent middle(int64_t size, double part) {
  const double start = (static_cast<double>(size) - part) * 0.5;
  return {static_cast<float>(start), static_cast<float>(start + part)};
}

/// Each colour times its opacity, as Pillow rounds it, so that what is transparent has no say in a mixture.
void multiplyByAlpha(Picture &picture) {
  const size_t channels = static_cast<size_t>(picture.channels);
  for (size_t i = 0; i < picture.sampleCount(); ++i) {
    uint32_t alpha = picture.sample(i / channels * channels + channels - 1);
    if (i % channels == channels - 1)
      continue;
    if (picture.wide) {
      picture.setSample(i, static_cast<uint16_t>((picture.sample(i) * alpha + 0x7fff) / 0xffff));
      continue;
    }
    uint32_t product = picture.sample(i) * alpha + 128;
    picture.setSample(i, static_cast<uint16_t>(((product >> 8) + product) >> 8));
  }
}

void divideByAlpha(Picture &picture) {
  const size_t channels = static_cast<size_t>(picture.channels);
  const uint32_t full = picture.wide ? 0xffff : 0xff;
  for (size_t i = 0; i < picture.sampleCount(); ++i) {
    uint32_t alpha = picture.sample(i / channels * channels + channels - 1);
    if (i % channels != channels - 1 && alpha != 0)
      picture.setSample(i, static_cast<uint16_t>(std::min(full, full * picture.sample(i) / alpha)));
  }
}

} // namespace

Picture resized(Picture picture, int64_t width, int64_t height, bool crop) {
  if (picture.width == width && picture.height == height)
    return picture;
  const double oldWidth = static_cast<double>(picture.width), oldHeight = static_cast<double>(picture.height);
  const double ratio = static_cast<double>(width) / static_cast<double>(height);
  const bool tooWide = oldWidth / oldHeight > ratio, tooHigh = oldWidth / oldHeight < ratio;
  const Extent across = middle(picture.width, crop && tooWide ? ratio * oldHeight : oldWidth);
  const Extent down = middle(picture.height, crop && tooHigh ? oldWidth / ratio : oldHeight);
  const bool alpha = picture.channels == 2 || picture.channels == 4;
  if (alpha)
    multiplyByAlpha(picture);
  if (picture.width != width || across.start != 0)
    picture = resizedAcross(picture, across, width);
  if (picture.height != height || down.start != 0)
    picture = resizedDown(picture, down, height);
  if (alpha)
    divideByAlpha(picture);
  return picture;
}

Result<Picture> fitted(Picture picture, const PictureFit &fit) {
  const int64_t area = fit.resizes() ? fit.width * fit.height : picture.width * picture.height;
  int64_t channels = fit.channels;
  if (channels == 0 && fit.elements % area == 0 && fit.elements / area <= 4)
    channels = fit.elements / area;
  if (channels > 0) {
    VAE_ASSIGN_OR_RETURN(picture, withChannels(std::move(picture), channels));
  }
  return fit.resizes() ? resized(std::move(picture), fit.width, fit.height, fit.crop) : std::move(picture);
}

} // namespace vae::runtime
