// Random numbers: known answers, distributions, independence of order.
#include "runtime/base/Random.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

using namespace vae::runtime;

TEST_CASE("philox gives random123's known answers", "[random]") {
  // kat_vectors of Random123, philox4x32 10
  using Words = std::array<uint32_t, 4>;
  REQUIRE(philox({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  REQUIRE(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
          Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  REQUIRE(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("streams of a seed are seeds apart, the first is the seed", "[random]") {
  REQUIRE(streamSeed(42, 0) == 42);
  std::set<uint64_t> seeds;
  for (uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{42}, ~uint64_t{0}})
    for (uint32_t stream = 0; stream < 16; ++stream) {
      REQUIRE(streamSeed(seed, stream) == streamSeed(seed, stream));
      seeds.insert(streamSeed(seed, stream));
    }
  REQUIRE(seeds.size() == 4 * 16);
}

TEST_CASE("the normal quantile inverts the error function", "[random]") {
  REQUIRE(normalQuantile(0.5) == 0);
  for (double p : {1e-300, 1e-100, 1e-20, 1e-12, 1e-10, 1e-7, 1e-3, 0.01, 0.07, 0.08, 0.3, 0.49, 0.7, 0.95}) {
    double x = normalQuantile(p);
    double back = 0.5 * std::erfc(-x / std::sqrt(2.0));
    REQUIRE(std::abs(back / p - 1) < 1e-12 * std::max(1.0, x * x));
  }
  REQUIRE(normalQuantile(0.975) == Approx(1.959963984540054).epsilon(1e-14));
}

TEST_CASE("words become uniform and normal numbers", "[random]") {
  REQUIRE(uniformFromWord(0) == 0.0f);
  REQUIRE(uniformFromWord(0xffffffff) == 1.0f - 0x1p-24f);
  REQUIRE(normalFromWord(0) == Approx(-normalQuantile(0x1p-33)));
  REQUIRE(normalFromWord(0x80000000) == -normalFromWord(0));
  REQUIRE(normalFromWord(0x7fffffff) < 1e-6);
  REQUIRE(normalFromWord(0x7fffffff) >= 0);
}

TEST_CASE("noise has the moments and the shape of its distribution", "[random]") {
  constexpr size_t count = 1 << 18;
  std::vector<double> values(count);
  double sum = 0, squares = 0, fourths = 0;
  for (size_t i = 0; i < count; ++i) {
    double x = values[i] = normalFromWord(noiseWord(7, 3, 1, i));
    sum += x;
    squares += x * x;
    fourths += x * x * x * x;
  }
  REQUIRE(std::abs(sum / count) < 4 / std::sqrt(double(count)));
  REQUIRE(std::abs(squares / count - 1) < 4 * std::sqrt(2.0 / count));
  REQUIRE(std::abs(fourths / count - 3) < 4 * std::sqrt(96.0 / count));
  std::sort(values.begin(), values.end());
  double distance = 0;
  for (size_t i = 0; i < count; ++i)
    distance = std::max(distance, std::abs((i + 0.5) / count - 0.5 * std::erfc(-values[i] / std::sqrt(2.0))));
  REQUIRE(distance < 1.95 / std::sqrt(double(count))); // 0.1 % of honest samples lie beyond
}

TEST_CASE("initial values depend on seed and path only, and lie in range", "[random]") {
  auto make = [](uint64_t seed, const char *path, InitialValues kind) {
    auto tensor = HostTensor::create(ElementType::f32, {200, 51});
    REQUIRE(fillInitial(*tensor, kind, -0.25, 0.5, seed, path).ok());
    return std::vector<float>(tensor->as<float>().begin(), tensor->as<float>().end());
  };
  auto uniform = make(1, "fc1.weight", InitialValues::uniform);
  REQUIRE(uniform == make(1, "fc1.weight", InitialValues::uniform));
  REQUIRE(uniform != make(2, "fc1.weight", InitialValues::uniform));
  REQUIRE(uniform != make(1, "fc2.weight", InitialValues::uniform));
  REQUIRE(*std::min_element(uniform.begin(), uniform.end()) >= -0.25f);
  REQUIRE(*std::max_element(uniform.begin(), uniform.end()) < 0.5f);
  double mean = std::accumulate(uniform.begin(), uniform.end(), 0.0) / double(uniform.size());
  REQUIRE(std::abs(mean - 0.125) < 4 * 0.75 / std::sqrt(12.0 * double(uniform.size())));
  auto normal = make(1, "fc1.weight", InitialValues::normal);
  mean = std::accumulate(normal.begin(), normal.end(), 0.0) / double(normal.size());
  REQUIRE(std::abs(mean + 0.25) < 4 * 0.5 / std::sqrt(double(normal.size())));
  auto constant = make(1, "b", InitialValues::constant);
  REQUIRE(std::all_of(constant.begin(), constant.end(), [](float x) { return x == -0.25f; }));
  auto integers = HostTensor::create(ElementType::i32, {4});
  REQUIRE_ERROR(fillInitial(*integers, InitialValues::zeros, 0, 0, 1, "table"), "element type i32");
}

TEST_CASE("an epoch's order is a permutation, new each epoch and seed", "[random]") {
  for (uint64_t count : {0, 1, 2, 1000}) {
    auto order = epochOrder(5, 2, count);
    REQUIRE(order == epochOrder(5, 2, count));
    std::sort(order.begin(), order.end());
    for (uint64_t i = 0; i < count; ++i)
      REQUIRE(order[i] == i);
  }
  REQUIRE(epochOrder(5, 2, 1000) != epochOrder(5, 3, 1000));
  REQUIRE(epochOrder(5, 2, 1000) != epochOrder(6, 2, 1000));
}

TEST_CASE("all orders are equally likely", "[random]") {
  std::map<std::vector<uint64_t>, int> seen;
  constexpr int rounds = 24'000;
  for (int epoch = 0; epoch < rounds; ++epoch)
    ++seen[epochOrder(11, static_cast<uint64_t>(epoch), 4)];
  REQUIRE(seen.size() == 24);
  double chiSquared = 0;
  for (const auto &[order, count] : seen)
    chiSquared += (count - rounds / 24.0) * (count - rounds / 24.0) / (rounds / 24.0);
  REQUIRE(chiSquared < 49.7); // 23 degrees of freedom, 0.1 %
}
