// Jitters a glyph's points, bends it by a random affine map, fits it as MNIST does (20x20 pixels, centre of mass in the
// middle), and paints it with a round pen.
#include "examples/digits/Draw.h"
#include "examples/Dice.h"
#include "examples/digits/Strokes.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace vae::digits {
namespace {

using examples::Dice;

struct Segment {
  Point from, to;
};

Point mix(Point a, Point b, double t) { return {a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t}; }

/// The point at `t` in [0, 1] between b and c of the Catmull-Rom curve through a, b, c, d.
Point curve(Point a, Point b, Point c, Point d, double t) {
  auto along = [t](double p, double q, double r, double s) {
    return q + 0.5 * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
  };
  return {along(a.x, b.x, c.x, d.x), along(a.y, b.y, c.y, d.y)};
}

void appendStroke(const Stroke &stroke, std::vector<Segment> &segments) {
  constexpr int pieces = 8;
  for (size_t i = 0; i + 1 < stroke.size(); ++i) {
    Point a = stroke[i > 0 ? i - 1 : 0], b = stroke[i], c = stroke[i + 1];
    Point d = stroke[std::min(i + 2, stroke.size() - 1)];
    for (int k = 0; k < pieces; ++k)
      segments.push_back({curve(a, b, c, d, k / double(pieces)), curve(a, b, c, d, (k + 1) / double(pieces))});
  }
}

/// Moves every control point a little; points that were one stay one, so that joined strokes stay joined.
Glyph jitter(const Glyph &glyph, Dice &dice) {
  Glyph moved = glyph;
  for (size_t s = 0; s < glyph.size(); ++s)
    for (size_t i = 0; i < glyph[s].size(); ++i)
      moved[s][i] = {glyph[s][i].x + dice.normal(0.025), glyph[s][i].y + dice.normal(0.025)};
  for (size_t s = 1; s < glyph.size(); ++s)
    for (size_t r = 0; r < s; ++r)
      for (size_t i = 0; i < glyph[r].size(); ++i)
        if (glyph[r][i].x == glyph[s][0].x && glyph[r][i].y == glyph[s][0].y)
          moved[s][0] = moved[r][i];
  return moved;
}

/// A small rotation, a slant and a stretch, as hands differ.
void warp(std::vector<Segment> &segments, Dice &dice) {
  double angle = std::clamp(dice.normal(7), -16.0, 16.0) * std::numbers::pi / 180;
  double slant = std::clamp(-0.1 + dice.normal(0.16), -0.45, 0.3);
  double wide = dice.uniform(0.62, 0.98);
  for (Segment &segment : segments)
    for (Point *p : {&segment.from, &segment.to}) {
      double x = (p->x - 0.5) * wide + slant * (p->y - 0.5), y = p->y - 0.5;
      *p = {x * std::cos(angle) - y * std::sin(angle), x * std::sin(angle) + y * std::cos(angle)};
    }
}

/// Scales to a box of `box` pixels, keeping proportions, with the middle of the box at (14, 14).
void fit(std::vector<Segment> &segments, double box) {
  Point low{1e9, 1e9}, high{-1e9, -1e9};
  for (const Segment &segment : segments)
    for (Point p : {segment.from, segment.to}) {
      low = {std::min(low.x, p.x), std::min(low.y, p.y)};
      high = {std::max(high.x, p.x), std::max(high.y, p.y)};
    }
  double scale = box / std::max(high.x - low.x, high.y - low.y);
  Point middle = mix(low, high, 0.5);
  for (Segment &segment : segments)
    for (Point *p : {&segment.from, &segment.to})
      *p = {(p->x - middle.x) * scale + side / 2.0, (p->y - middle.y) * scale + side / 2.0};
}

/// The square of the distance of `p` from the segment.
double squaredDistance(Point p, const Segment &segment) {
  double dx = segment.to.x - segment.from.x, dy = segment.to.y - segment.from.y;
  double length = dx * dx + dy * dy;
  double t = length > 0 ? ((p.x - segment.from.x) * dx + (p.y - segment.from.y) * dy) / length : 0;
  Point nearest = mix(segment.from, segment.to, std::clamp(t, 0.0, 1.0));
  return (p.x - nearest.x) * (p.x - nearest.x) + (p.y - nearest.y) * (p.y - nearest.y);
}

/// Moves the digit so that its ink balances in the middle, as MNIST's pictures do. Ink is as long as the strokes.
void balance(std::vector<Segment> &segments, Dice &dice) {
  double ink = 0;
  Point sum;
  for (const Segment &segment : segments) {
    double length = std::hypot(segment.to.x - segment.from.x, segment.to.y - segment.from.y);
    Point middle = mix(segment.from, segment.to, 0.5);
    ink += length;
    sum = {sum.x + length * middle.x, sum.y + length * middle.y};
  }
  Point shift{side / 2.0 - sum.x / ink + dice.uniform(-0.5, 0.5), side / 2.0 - sum.y / ink + dice.uniform(-0.5, 0.5)};
  // Never out of the picture: what is far from balanced moves three pixels at most.
  shift = {std::clamp(shift.x, -3.0, 3.0), std::clamp(shift.y, -3.0, 3.0)};
  for (Segment &segment : segments)
    for (Point *p : {&segment.from, &segment.to})
      *p = {p->x + shift.x, p->y + shift.y};
}

/// Full ink within `radius` of a stroke, fading over `soft` pixels.
void paint(const std::vector<Segment> &segments, double radius, double soft, std::span<uint8_t> pixels) {
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      double nearest = 1e9;
      for (const Segment &segment : segments)
        nearest = std::min(nearest, squaredDistance({x + 0.5, y + 0.5}, segment));
      double ink = std::clamp((radius + soft / 2 - std::sqrt(nearest)) / soft, 0.0, 1.0);
      size_t place = static_cast<size_t>(y) * side + static_cast<size_t>(x);
      pixels[place] = static_cast<uint8_t>(std::lround(255 * ink));
    }
}

} // namespace

int drawDigit(uint64_t seed, uint64_t index, std::span<uint8_t> pixels) {
  Dice dice(seed, index, 0xd161u);
  int digit = dice.below(10);
  std::span<const Glyph> ways = glyphsOf(digit);
  Glyph glyph = jitter(ways[static_cast<size_t>(dice.below(ways.size()))], dice);
  std::vector<Segment> segments;
  for (const Stroke &stroke : glyph)
    appendStroke(stroke, segments);
  warp(segments, dice);
  double radius = std::clamp(1.2 + dice.normal(0.3), 0.7, 2.0);
  fit(segments, 20 - 2 * radius);
  balance(segments, dice);
  paint(segments, radius, dice.uniform(1.0, 1.5), pixels);
  return digit;
}

} // namespace vae::digits
