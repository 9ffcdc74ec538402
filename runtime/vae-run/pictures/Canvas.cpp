// Pixels, lines by their distance to each pixel, letters dot by dot.
#include "runtime/vae-run/pictures/Canvas.h"
#include "runtime/vae-run/pictures/Font.h"

#include <algorithm>
#include <cmath>

namespace vae::runtime::tool {

Canvas::Canvas(int64_t width, int64_t height) {
  sheet.width = width;
  sheet.height = height;
  sheet.channels = 3;
  sheet.pixels.assign(static_cast<size_t>(width * height * 3), 255);
}

void Canvas::dot(int64_t x, int64_t y, Colour colour, double strength) {
  if (x < 0 || y < 0 || x >= sheet.width || y >= sheet.height)
    return;
  for (size_t c = 0; c < colour.size(); ++c) {
    uint8_t &pixel = sheet.pixels[static_cast<size_t>(y * sheet.width + x) * 3 + c];
    pixel = static_cast<uint8_t>(std::lround(pixel + (colour.at(c) - pixel) * std::clamp(strength, 0.0, 1.0)));
  }
}

void Canvas::fill(int64_t left, int64_t top, int64_t width, int64_t height, Colour colour, double strength) {
  for (int64_t y = top; y < top + height; ++y)
    for (int64_t x = left; x < left + width; ++x)
      dot(x, y, colour, strength);
}

void Canvas::line(double fromX, double fromY, double toX, double toY, Colour colour) {
  double dx = toX - fromX, dy = toY - fromY, length = dx * dx + dy * dy;
  auto low = [](double a, double b) { return static_cast<int64_t>(std::floor(std::min(a, b))) - 2; };
  auto high = [](double a, double b) { return static_cast<int64_t>(std::ceil(std::max(a, b))) + 2; };
  int64_t bottom = std::min(high(fromY, toY), sheet.height), right = std::min(high(fromX, toX), sheet.width);
  for (int64_t y = std::max<int64_t>(0, low(fromY, toY)); y < bottom; ++y)
    for (int64_t x = std::max<int64_t>(0, low(fromX, toX)); x < right; ++x) {
      double px = static_cast<double>(x) + 0.5 - fromX, py = static_cast<double>(y) + 0.5 - fromY;
      double t = length > 0 ? std::clamp((px * dx + py * dy) / length, 0.0, 1.0) : 0;
      dot(x, y, colour, std::clamp(1.5 - std::hypot(px - t * dx, py - t * dy), 0.0, 1.0));
    }
}

void Canvas::text(int64_t left, int64_t top, std::string_view words, Colour colour, int64_t scale) {
  for (size_t n = 0; n < words.size(); ++n)
    for (int64_t y = 0; y < font::height; ++y)
      for (int64_t x = 0; x < font::width; ++x)
        if (font::inked(words[n], x, y))
          fill(left + (static_cast<int64_t>(n) * (font::width + 1) + x) * scale, top + y * scale, scale, scale, colour);
}

int64_t Canvas::textWidth(std::string_view words, int64_t scale) {
  return words.empty() ? 0 : (static_cast<int64_t>(words.size()) * (font::width + 1) - 1) * scale;
}

int64_t Canvas::textHeight(int64_t scale) { return font::height * scale; }

} // namespace vae::runtime::tool
