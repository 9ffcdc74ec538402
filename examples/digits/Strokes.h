// The ten digits as strokes of a pen.
#ifndef VAE_EXAMPLES_DIGITS_STROKES_H
#define VAE_EXAMPLES_DIGITS_STROKES_H

#include <span>
#include <vector>

namespace vae::digits {

/// x to the right, y down; a digit fills about 0..1 in both.
struct Point {
  double x = 0;
  double y = 0;
};

/// Points that the pen passes in a smooth curve (two points: a straight line).
using Stroke = std::vector<Point>;

/// One way to write a digit.
using Glyph = std::vector<Stroke>;

/// The ways in which people write `digit` (0 to 9); at least one.
std::span<const Glyph> glyphsOf(int digit);

} // namespace vae::digits

#endif // VAE_EXAMPLES_DIGITS_STROKES_H
