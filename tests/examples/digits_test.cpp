// draw-digits: whole files, the same for the same seed, digits that can be told apart.
#include "runtime/formats/Idx.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include <array>
#include <cmath>
#include <cstdlib>

using namespace vae::runtime;
using namespace vae::test;

namespace {

constexpr size_t area = 28 * 28;

int draw(const ScratchFolder &folder, const std::string &arguments) {
  return std::system(("cd '" + folder.path(".") + "' && " DRAW_DIGITS " " + arguments + " 2>errors").c_str());
}

double distance(std::span<const uint8_t> picture, const std::array<double, area> &mean) {
  double sum = 0;
  for (size_t i = 0; i < area; ++i)
    sum += (picture[i] - mean[i]) * (picture[i] - mean[i]);
  return sum;
}

} // namespace

TEST_CASE("digits have mnist's shape, all classes, and ink in the middle", "[digits]") {
  ScratchFolder folder;
  REQUIRE(draw(folder, "--count 500 --seed 5 --images i.gz --labels l") == 0);
  HostTensor images = readIdx(folder.path("i.gz")).take(), labels = readIdx(folder.path("l")).take();
  REQUIRE(images.shape() == std::vector<int64_t>{500, 28, 28});
  REQUIRE(labels.shape() == std::vector<int64_t>{500});
  std::array<int, 10> counts{};
  for (uint8_t label : labels.as<uint8_t>())
    ++counts.at(label);
  for (int count : counts)
    REQUIRE(count > 20);
  for (size_t n = 0; n < 500; ++n) {
    double ink = 0, x = 0, y = 0;
    for (size_t i = 0; i < area; ++i) {
      double value = images.as<uint8_t>()[n * area + i];
      ink += value;
      x += value * static_cast<double>(i % 28);
      y += value * static_cast<double>(i / 28);
    }
    REQUIRE(ink > 20 * 255);
    REQUIRE(std::abs(x / ink - 13.5) < 2.5);
    REQUIRE(std::abs(y / ink - 13.5) < 2.5);
  }
}

TEST_CASE("a picture depends on the seed and its number alone", "[digits]") {
  ScratchFolder folder;
  REQUIRE(draw(folder, "--count 20 --seed 5 --images a --labels la") == 0);
  REQUIRE(draw(folder, "--count 30 --seed 5 --images b --labels lb") == 0);
  REQUIRE(draw(folder, "--count 20 --seed 6 --images c --labels lc") == 0);
  REQUIRE(slurp(folder.path("a")).substr(16) == slurp(folder.path("b")).substr(16, 20 * area));
  REQUIRE(slurp(folder.path("a")) != slurp(folder.path("c")));
}

TEST_CASE("the nearest class mean names most digits that it has not seen", "[digits]") {
  ScratchFolder folder;
  REQUIRE(draw(folder, "--count 2000 --seed 1 --images i --labels l") == 0);
  HostTensor images = readIdx(folder.path("i")).take(), labels = readIdx(folder.path("l")).take();
  std::array<std::array<double, area>, 10> means{};
  std::array<double, 10> counts{};
  for (size_t n = 0; n < 1500; ++n) {
    size_t label = labels.as<uint8_t>()[n];
    ++counts[label];
    for (size_t i = 0; i < area; ++i)
      means[label][i] += images.as<uint8_t>()[n * area + i];
  }
  for (size_t label = 0; label < 10; ++label)
    for (double &value : means[label])
      value /= counts[label];
  int right = 0;
  for (size_t n = 1500; n < 2000; ++n) {
    size_t best = 0;
    std::span<const uint8_t> picture = images.as<uint8_t>().subspan(n * area, area);
    for (size_t label = 1; label < 10; ++label)
      if (distance(picture, means[label]) < distance(picture, means[best]))
        best = label;
    right += best == labels.as<uint8_t>()[n];
  }
  INFO(right << " of 500 right"); // MNIST's own digits: about 82 %
  REQUIRE(right > 350);
}

TEST_CASE("a full disk and bad options are errors", "[digits]") {
  ScratchFolder folder;
  REQUIRE(WEXITSTATUS(draw(folder, "--count 5 --images /dev/full")) == 1);
  REQUIRE(slurp(folder.path("errors")).find("No space left") != std::string::npos);
  REQUIRE(draw(folder, "--count 0 --images i") != 0);
  REQUIRE(!std::filesystem::exists(folder.path("i")));
}
