// sample --traverse and --interpolate: every pixel of the line model's pictures, and what is refused.
#include "runtime/base/Random.h"
#include "runtime/formats/Npy.h"
#include "runtime/formats/pictures/Png.h"
#include "tests/catch.h"
#include "tests/runtime/vae-run/Tool.h"

#include <array>
#include <cmath>

using namespace vae::runtime;
using namespace vae::test;

namespace {

using Point = std::array<double, 4>;
constexpr Point weights{0.25, 0.5, 0.75, 1};

/// The pixel that the grid must show for a decoded value: 2x2 pictures, two pixels apart, -3 black and 3 white.
int expected(double latent, size_t element) {
  return static_cast<int>(std::lround(255 * std::clamp((latent * weights.at(element) + 3) / 6, 0.0, 1.0)));
}

/// Element `element` of the picture in that row and column.
int shown(const Picture &picture, int64_t row, int64_t column, size_t element) {
  int64_t y = row * 4 + static_cast<int64_t>(element) / 2, x = column * 4 + static_cast<int64_t>(element) % 2;
  return picture.pixels[static_cast<size_t>(y * picture.width + x)];
}

void requirePoint(const Picture &picture, int64_t row, int64_t column, const Point &latent) {
  for (size_t i = 0; i < 4; ++i) {
    INFO("row " << row << ", column " << column << ", element " << i);
    REQUIRE(std::abs(shown(picture, row, column, i) - expected(latent.at(i), i)) <= 1);
  }
}

Picture draw(const Tool &tool, const std::string &arguments) {
  ToolResult result = tool("sample line.vaep --weights=w.safetensors -o walk.png " + arguments);
  INFO(result.errors);
  REQUIRE(result.code == 0);
  return readPng(tool.path("walk.png")).take();
}

/// Draw `number` of a standard normal latent.
Point drawn(uint64_t seed, uint64_t number) {
  Point point{};
  for (uint64_t i = 0; i < 4; ++i)
    point.at(i) = normalFromWord(noiseWord(seed, 0, 0, number * 4 + i));
  return point;
}

void writeRows(const Tool &tool, const std::string &name, const std::vector<Point> &rows) {
  HostTensor tensor = HostTensor::create(ElementType::f32, {static_cast<int64_t>(rows.size()), 4}).take();
  for (size_t i = 0; i < tensor.count(); ++i)
    tensor.as<float>()[i] = static_cast<float>(rows[i / 4].at(i % 4));
  REQUIRE(writeNpy(tool.path(name), tensor).ok());
}

Point scaled(const Point &x) { return {x[0] * weights[0], x[1] * weights[1], x[2] * weights[2], x[3] * weights[3]}; }

} // namespace

TEST_CASE("a traversal has a row a dimension, from -3 to 3, around a draw of the seed", "[vae-run]") {
  Tool tool;
  Picture picture = draw(tool, "--traverse=2,0 --columns=5 --seed=9");
  REQUIRE(picture.width == 5 * 2 + 4 * 2);
  REQUIRE(picture.height == 2 * 2 + 2);
  for (int64_t row = 0; row < 2; ++row)
    for (int64_t column = 0; column < 5; ++column) {
      Point latent = drawn(9, 0);
      latent.at(row == 0 ? 2 : 0) = -3 + 1.5 * static_cast<double>(column);
      requirePoint(picture, row, column, latent);
    }
  REQUIRE(draw(tool, "--traverse=1 --traverse=2 --traverse=3").width == 11 * 2 + 10 * 2);
}

TEST_CASE("a traversal starts from an item that is encoded, or from a latent", "[vae-run]") {
  Tool tool;
  Point a{0.1, 0.9, 0.4, 1}, b{1, 0.2, 0.8, 0.6};
  writeRows(tool, "x.npy", {a, b});
  for (const char *items : {"", "--items=1"}) {
    Picture picture = draw(tool, std::string("--traverse=3 --columns=3 x=x.npy ") + items);
    Point latent = scaled(*items ? b : a);
    for (int64_t column = 0; column < 3; ++column) {
      latent[3] = 3 * static_cast<double>(column - 1);
      requirePoint(picture, 0, column, latent);
    }
  }
  writeRows(tool, "z.npy", {{-2, 2, 1, 0.5}});
  requirePoint(draw(tool, "--traverse=0 --columns=3 z=z.npy"), 0, 1, {0, 2, 1, 0.5});
}

TEST_CASE("an interpolation goes from one point to the other, straight or along the arc", "[vae-run]") {
  Tool tool;
  writeRows(tool, "z.npy", {{2, 0, 0, 0}, {0, 2, 0, 0}, {-4, 0, 0, 0}});
  Picture linear = draw(tool, "--interpolate=linear --columns=3 z=z.npy");
  requirePoint(linear, 0, 0, {2, 0, 0, 0});
  requirePoint(linear, 0, 1, {1, 1, 0, 0});
  requirePoint(linear, 0, 2, {0, 2, 0, 0});
  for (const char *option : {"--interpolate", "--interpolate=spherical"}) {
    Picture arc = draw(tool, std::string(option) + " --columns=4 z=z.npy");
    for (int64_t k = 0; k < 4; ++k) {
      double angle = M_PI / 6 * static_cast<double>(k);
      requirePoint(arc, 0, k, {2 * std::cos(angle), 2 * std::sin(angle), 0, 0});
    }
  }
  // Opposite points have no arc of their own.
  requirePoint(draw(tool, "--interpolate --items=0,2 --columns=3 z=z.npy"), 0, 1, {-1, 0, 0, 0});
  Picture drawnWalk = draw(tool, "--interpolate --seed=3");
  requirePoint(drawnWalk, 0, 0, drawn(3, 0));
  requirePoint(drawnWalk, 0, 10, drawn(3, 1));
}

TEST_CASE("an interpolation joins items of one file or of two", "[vae-run]") {
  Tool tool;
  Point a{0.1, 0.9, 0.4, 1}, b{1, 0.2, 0.8, 0.6};
  writeRows(tool, "both.npy", {b, a});
  writeRows(tool, "a.npy", {a});
  REQUIRE(writePng(tool.path("b.png"), {2, 2, 1, {255, 51, 204, 153}}).ok());
  for (const char *inputs : {"x=both.npy --items=1,0", "x=a.npy x=b.png"}) {
    Picture strip = draw(tool, std::string("--interpolate=linear --columns=2 ") + inputs);
    requirePoint(strip, 0, 0, scaled(a));
    requirePoint(strip, 0, 1, scaled(b));
  }
}

TEST_CASE("walks that make no sense say why and write nothing", "[vae-run]") {
  Tool tool;
  writeRows(tool, "x.npy", {{0, 0, 0, 1}});
  std::filesystem::rename(tool.path("x.npy"), tool.path("w.npy"));
  const std::pair<const char *, const char *> cases[] = {
      {"--traverse=4", "--traverse=4: input z: f32[B, 4] of 'decode' has dimensions 0 to 3"},
      {"--traverse=0 --interpolate", "--traverse and --interpolate are two pictures"},
      {"--interpolate=cubic", "--interpolate=cubic is neither spherical nor linear"},
      {"--traverse=0 --grid=2x2", "--columns sets its length, not --grid"},
      {"--traverse=0 --entry=sample", "entry 'sample' decodes no latents"},
      {"--traverse=0 --entry=nothing", "nothing"},
      {"--traverse=0 q=w.npy", "no entry makes latents z: f32[B, 4] of 'q' alone"},
      {"--traverse=0 x=w.npy --encoder=mirror", "entry 'mirror' does not make latents"},
      {"--traverse=0 x=w.npy z=w.npy", "a walk starts from one input, but 'x' and 'z' are given"},
      {"--interpolate x=w.npy", "a walk needs item 1, but w.npy has 1"},
      {"--traverse=0 x=w.npy --items=7", "a walk needs item 7, but w.npy has 1"},
      {"--traverse=0 x=w.npy --items=0,0", "--items names 2 items where the walk starts from 1"},
      {"--traverse=0 --items=0", "--items and --encoder are about an input"},
      {"--items=0", "belong to --traverse or --interpolate"},
      {"--traverse=0 x=missing.npy", "missing.npy"},
      {"--traverse=0 w.npy", "'w.npy' is not name=file"},
  };
  for (const auto &[arguments, message] : cases) {
    INFO(arguments);
    ToolResult result = tool("sample line.vaep --weights=w.safetensors -o walk.png " + std::string(arguments));
    INFO(result.errors);
    REQUIRE(result.code == 1);
    REQUIRE(result.errors.find(message) != std::string::npos);
    REQUIRE(std::count(result.errors.begin(), result.errors.end(), '\n') == 1);
    REQUIRE(!std::filesystem::exists(tool.path("walk.png")));
  }
  REQUIRE(tool("sample line.vaep --initial-weights -o walk.png --traverse=-1").code == 1);
  REQUIRE(tool("sample line.vaep --initial-weights -o walk.png --traverse=0 --columns=1").code == 1);
}
