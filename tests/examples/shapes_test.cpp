// draw-shapes: whole files, the same for the same seed, colours, and classes that can be told apart.
#include "runtime/formats/Npy.h"
#include "runtime/formats/pictures/Png.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdlib>

using namespace vae::runtime;
using namespace vae::test;

namespace {

constexpr size_t area = 32 * 32;

int draw(const ScratchFolder &folder, const std::string &arguments) {
  return std::system(("cd '" + folder.path(".") + "' && " DRAW_SHAPES " " + arguments + " 2>errors").c_str());
}

/// Where a picture is bright in some channel: backgrounds are dark, shapes are not.
std::bitset<area> brightPixels(std::span<const uint8_t> picture) {
  std::bitset<area> bright;
  for (size_t i = 0; i < area; ++i)
    bright[i] = std::max({picture[i], picture[area + i], picture[2 * area + i]}) > 100;
  return bright;
}

} // namespace

TEST_CASE("shapes are 32x32 in colour, of all classes and hues, large enough to see", "[shapes]") {
  ScratchFolder folder;
  REQUIRE(draw(folder, "--count 600 --seed 5 --images i.npy --labels l.npy --sheet s.png") == 0);
  HostTensor images = readNpy(folder.path("i.npy")).take(), labels = readNpy(folder.path("l.npy")).take();
  REQUIRE(images.element() == ElementType::u8);
  REQUIRE(images.shape() == std::vector<int64_t>{600, 3, 32, 32});
  REQUIRE(labels.element() == ElementType::u8);
  REQUIRE(labels.shape() == std::vector<int64_t>{600});
  Picture sheet = readPng(folder.path("s.png")).take();
  REQUIRE(sheet.channels == 3);
  REQUIRE(sheet.width == 16 * 34 - 2);
  std::array<int, 6> counts{};
  for (uint8_t label : labels.as<uint8_t>())
    ++counts.at(label);
  for (int count : counts)
    REQUIRE(count > 60);
  std::array<int, 3> strongest{}; // which channel rules the bright pixels
  for (size_t n = 0; n < 600; ++n) {
    std::span<const uint8_t> picture = images.as<uint8_t>().subspan(n * 3 * area, 3 * area);
    std::bitset<area> bright = brightPixels(picture);
    INFO("picture " << n);
    REQUIRE(bright.count() > 60);
    REQUIRE(bright.count() < 600);
    std::array<double, 3> sums{};
    for (size_t c = 0; c < 3; ++c)
      for (size_t i = 0; i < area; ++i)
        sums.at(c) += bright[i] ? picture[c * area + i] : 0;
    ++strongest.at(static_cast<size_t>(std::max_element(sums.begin(), sums.end()) - sums.begin()));
  }
  for (int count : strongest)
    REQUIRE(count > 120);
}

TEST_CASE("a picture of shapes depends on the seed and its number alone", "[shapes]") {
  ScratchFolder folder;
  REQUIRE(draw(folder, "--count 20 --seed 5 --images a --labels la") == 0);
  REQUIRE(draw(folder, "--count 30 --seed 5 --images b --labels lb") == 0);
  REQUIRE(draw(folder, "--count 20 --seed 6 --images c --labels lc") == 0);
  HostTensor a = readNpy(folder.path("a")).take(), b = readNpy(folder.path("b")).take();
  REQUIRE(std::equal(a.bytes().begin(), a.bytes().end(), b.bytes().begin()));
  REQUIRE(slurp(folder.path("a")) != slurp(folder.path("c")));
}

TEST_CASE("the most similar outline names many shapes, at any place, size and angle", "[shapes]") {
  ScratchFolder folder;
  constexpr size_t known = 4000, asked = 300;
  REQUIRE(draw(folder, "--count 4300 --seed 1 --images i --labels l") == 0);
  HostTensor images = readNpy(folder.path("i")).take(), labels = readNpy(folder.path("l")).take();
  std::vector<std::bitset<area>> outlines;
  for (size_t n = 0; n < known + asked; ++n)
    outlines.push_back(brightPixels(images.as<uint8_t>().subspan(n * 3 * area, 3 * area)));
  int right = 0;
  for (size_t n = known; n < known + asked; ++n) {
    size_t best = 0;
    for (size_t k = 1; k < known; ++k)
      if ((outlines[n] ^ outlines[k]).count() < (outlines[n] ^ outlines[best]).count())
        best = k;
    right += labels.as<uint8_t>()[n] == labels.as<uint8_t>()[best];
  }
  INFO(right << " of 300 right"); // 50 by chance
  REQUIRE(right > 220);
}

TEST_CASE("a full disk and bad options of draw-shapes are errors", "[shapes]") {
  ScratchFolder folder;
  REQUIRE(WEXITSTATUS(draw(folder, "--count 5 --images /dev/full")) == 1);
  REQUIRE(slurp(folder.path("errors")).find("No space left") != std::string::npos);
  REQUIRE(draw(folder, "--count 0 --images i") != 0);
  REQUIRE(!std::filesystem::exists(folder.path("i")));
}
