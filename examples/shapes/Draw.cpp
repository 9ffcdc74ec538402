// A dark background that fades from corner to corner, often a small shape, and before it a large one; each shape has a
// place, a size, an angle and a bright colour, lit from above.
#include "examples/shapes/Draw.h"
#include "examples/Dice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace vae::shapes {
namespace {

using examples::Dice;

constexpr double pi = std::numbers::pi;

struct Point {
  double x = 0, y = 0;
};

using Colour = std::array<double, channels>;

/// Hue, saturation and value in [0, 1] as red, green and blue.
Colour fromHsv(double hue, double saturation, double value) {
  Colour colour{};
  for (size_t c = 0; c < channels; ++c) {
    // Each channel rises, stays, falls and rests over the circle of hues, a third of it behind the one before.
    double turn = std::fmod(hue * 6 + 5 - 2 * static_cast<double>(c), 6);
    double ramp = std::clamp(std::min(turn, 4 - turn), 0.0, 1.0);
    colour.at(c) = value * (1 - saturation * ramp);
  }
  return colour;
}

Colour mix(const Colour &a, const Colour &b, double t) {
  Colour mixed{};
  for (size_t c = 0; c < channels; ++c)
    mixed.at(c) = a.at(c) + (b.at(c) - a.at(c)) * t;
  return mixed;
}

/// A star-shaped outline: corners at equal angles, their distances from the middle taken in turn from `radii`.
std::vector<Point> outline(int corners, std::initializer_list<double> radii) {
  std::vector<Point> points;
  for (int i = 0; i < corners; ++i) {
    double angle = 2 * pi * i / corners;
    double radius = radii.begin()[static_cast<size_t>(i) % radii.size()];
    points.push_back({radius * std::sin(angle), -radius * std::cos(angle)});
  }
  return points;
}

/// The corners of a class that has some, about one unit from the middle.
const std::vector<Point> &cornersOf(int kind) {
  static const std::vector<Point> square = outline(4, {1.15});
  static const std::vector<Point> triangle = outline(3, {1.2});
  static const std::vector<Point> star = outline(10, {1.2, 0.5});
  static const std::vector<Point> cross = {{-.36, -1.1}, {.36, -1.1}, {.36, -.36},  {1.1, -.36},
                                           {1.1, .36},   {.36, .36},  {.36, 1.1},   {-.36, 1.1},
                                           {-.36, .36},  {-1.1, .36}, {-1.1, -.36}, {-.36, -.36}};
  return kind == 2 ? square : kind == 3 ? triangle : kind == 4 ? star : cross;
}

/// How far `p` is outside of the polygon; negative inside.
double polygonDistance(Point p, const std::vector<Point> &corners) {
  double nearest = 1e9;
  bool inside = false;
  for (size_t i = 0; i < corners.size(); ++i) {
    Point a = corners[i], b = corners[(i + 1) % corners.size()];
    double dx = b.x - a.x, dy = b.y - a.y;
    double t = std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
    nearest = std::min(nearest, std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy));
    // A ray to the right crosses the outline an odd number of times from inside.
    if ((a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) / dy * dx)
      inside = !inside;
  }
  return inside ? -nearest : nearest;
}

/// The same for any class, about one unit large.
double distanceTo(int kind, Point p) {
  double middle = std::hypot(p.x, p.y);
  if (kind == 0)
    return middle - 1;
  if (kind == 1)
    return std::abs(middle - 0.78) - 0.27;
  return polygonDistance(p, cornersOf(kind));
}

struct Shape {
  int kind = 0;
  Point middle;
  double size = 0, angle = 0;
  Colour colour{};
};

Shape pickShape(Dice &dice, double spread, double smallest, double largest) {
  Shape shape;
  shape.kind = dice.below(classCount);
  shape.middle = {side / 2.0 + dice.uniform(-spread, spread), side / 2.0 + dice.uniform(-spread, spread)};
  shape.size = dice.uniform(smallest, largest);
  shape.angle = dice.uniform(-pi, pi);
  double hue = (dice.below(8) + dice.uniform(-0.2, 0.2)) / 8;
  shape.colour = fromHsv(hue < 0 ? hue + 1 : hue, dice.uniform(0.6, 0.95), dice.uniform(0.75, 1));
  return shape;
}

using Canvas = std::array<Colour, static_cast<size_t>(side) * side>;

void paint(const Shape &shape, Canvas &canvas) {
  double cosine = std::cos(shape.angle) / shape.size, sine = std::sin(shape.angle) / shape.size;
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      Point p{x + 0.5 - shape.middle.x, y + 0.5 - shape.middle.y};
      double distance = distanceTo(shape.kind, {cosine * p.x + sine * p.y, cosine * p.y - sine * p.x});
      double cover = std::clamp(0.5 - distance * shape.size, 0.0, 1.0);
      double light = 1 - 0.22 * std::clamp(p.y / shape.size, -1.0, 1.0) - 0.1;
      Colour &pixel = canvas.at(static_cast<size_t>(y) * side + static_cast<size_t>(x));
      pixel = mix(pixel, mix({}, shape.colour, std::min(light, 1.0)), cover);
    }
}

void paintBackground(Dice &dice, Canvas &canvas) {
  double hue = dice.uniform(0, 1);
  Colour from = fromHsv(hue, dice.uniform(0.1, 0.6), dice.uniform(0.05, 0.3));
  Colour to = fromHsv(hue, dice.uniform(0.1, 0.6), dice.uniform(0.05, 0.3));
  double across = dice.uniform(-0.5, 0.5), down = dice.uniform(-0.5, 0.5);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      double t = 0.5 + across * (2.0 * x / side - 1) + down * (2.0 * y / side - 1);
      canvas.at(static_cast<size_t>(y) * side + static_cast<size_t>(x)) = mix(from, to, std::clamp(t, 0.0, 1.0));
    }
}

} // namespace

int drawShapes(uint64_t seed, uint64_t index, std::span<uint8_t> planes) {
  Dice dice(seed, index, 0x54a9u);
  Canvas canvas{};
  paintBackground(dice, canvas);
  if (dice.below(2) == 1)
    paint(pickShape(dice, 12, 3, 5), canvas);
  Shape front = pickShape(dice, 5, 7, 10.5);
  paint(front, canvas);
  for (size_t i = 0; i < canvas.size(); ++i)
    for (size_t c = 0; c < channels; ++c)
      planes[c * canvas.size() + i] = static_cast<uint8_t>(std::lround(255 * std::clamp(canvas[i].at(c), 0.0, 1.0)));
  return front.kind;
}

} // namespace vae::shapes
