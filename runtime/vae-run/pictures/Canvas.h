// A picture to draw charts on: rectangles, lines, text in a built-in bitmap font.
#ifndef VAE_RUNTIME_VAE_RUN_PICTURES_CANVAS_H
#define VAE_RUNTIME_VAE_RUN_PICTURES_CANVAS_H

#include "runtime/formats/pictures/Picture.h"

#include <array>
#include <string_view>

namespace vae::runtime::tool {

using Colour = std::array<uint8_t, 3>;

/// x to the right, y down, in pixels; what lies outside is left out.
class Canvas {
public:
  /// A white sheet.
  Canvas(int64_t width, int64_t height);

  const Picture &picture() const { return sheet; }

  /// Mixes `colour` into a pixel; strength 1 replaces it.
  void dot(int64_t x, int64_t y, Colour colour, double strength = 1);
  void fill(int64_t left, int64_t top, int64_t width, int64_t height, Colour colour, double strength = 1);
  /// A straight line, two pixels thick, with soft edges.
  void line(double fromX, double fromY, double toX, double toY, Colour colour);
  /// One line of text with its upper left corner there; `scale` pixels a dot of the font. A letter that the font lacks
  /// is an empty box.
  void text(int64_t left, int64_t top, std::string_view words, Colour colour, int64_t scale);

  /// Pixels that a text takes.
  static int64_t textWidth(std::string_view words, int64_t scale);
  static int64_t textHeight(int64_t scale);

private:
  Picture sheet;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_PICTURES_CANVAS_H
