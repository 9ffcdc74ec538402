// What every device must do with loops.
#include "tests/runtime/TestFiles.h"
#include "tests/runtime/conformance/Toy.h"

using namespace vae::runtime;
using namespace vae::test;

TEST_CASE("a loop works in place, however often", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  for (int64_t n : {1, 100, 50000})
    for (int64_t turns : {0, 1, 2, 7, 1023, 1024, 5000}) {
      CAPTURE(n, turns);
      std::vector<float> wanted = ramp(n);
      for (float &value : wanted)
        value += static_cast<float>(turns);
      for (int again = 0; again < 2; ++again)
        CHECK(output(runLoop(toy, "loop", n, {{"T", turns}}), "y") == toy.expected(wanted));
    }
}

TEST_CASE("a loop carries its value through a copy", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  for (int64_t n : {1, 4096, 300000})
    for (int64_t turns : {0, 1, 5, 90}) {
      CAPTURE(n, turns);
      std::vector<float> wanted = ramp(n);
      for (float &value : wanted)
        value = std::ldexp(value, static_cast<int>(turns));
      CHECK(output(runLoop(toy, "doubled", n, {{"T", turns}}), "y") == toy.expected(wanted));
    }
}

TEST_CASE("loops nest, and what lives through them keeps its memory", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  const std::vector<std::pair<int64_t, int64_t>> counts = {{0, 5},   {5, 0},    {1, 1},   {2, 3},
                                                           {40, 30}, {3, 2000}, {1500, 2}};
  for (int64_t n : {1, 200, 20000})
    for (auto [outer, inner] : counts) {
      CAPTURE(n, outer, inner);
      const float added = static_cast<float>(outer * inner);
      std::vector<float> y = ramp(n), z(static_cast<size_t>(n));
      if (outer % 2)
        std::reverse(y.begin(), y.end());
      for (float &value : y)
        value += added;
      for (size_t i = 0; i < z.size(); ++i)
        z[i] = y[z.size() - 1 - i] + static_cast<float>(z.size() - i);
      RunResult result = runLoop(toy, "nested", n, {{"H", outer}, {"W", inner}});
      CHECK(output(result, "y") == toy.expected(y));
      CHECK(output(result, "z") == toy.expected(z));
    }
}

TEST_CASE("a profile counts a loop's turns", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  RunResult result = runLoop(toy, "nested", 100, {{"H", 3}, {"W", 2000}}, /*profile=*/true);
  CHECK(output(result, "y").size() == 100);
  REQUIRE(result.dispatches.size() == 5);
  const std::vector<uint64_t> runs = {1, 3, 6000, 1, 1};
  for (size_t i = 0; i < runs.size(); ++i) {
    CHECK(result.dispatches[i].runs == runs[i]);
    CHECK(result.dispatches[i].flops == 100.0 * static_cast<double>(runs[i]));
    CHECK(result.dispatches[i].bytes >= 400 * runs[i]);
    CHECK((result.dispatches[i].seconds > 0) == toy.configuration.computes);
  }
  CHECK(output(runLoop(toy, "nested", 100, {{"H", 3}, {"W", 0}}, true), "y").size() == 100);
}

TEST_CASE("spans say when each turn ran", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  HostTensor x = tensor({100}, ramp(100));
  RunRequest request{"nested", {{"x", &x}}};
  request.sizes = {{"H", 3}, {"W", 40}};
  request.profile = request.spans = true;
  RunResult result = toy.run(request);
  if (!toy.configuration.computes)
    return;
  std::vector<uint64_t> runs(result.dispatches.size());
  std::vector<double> seconds(runs.size());
  double end = 0;
  for (const DispatchTurn &turn : result.turns) {
    ++runs[turn.dispatch];
    seconds[turn.dispatch] += turn.seconds;
    CHECK(turn.start >= end - 1e-9);
    end = turn.start + turn.seconds;
  }
  CHECK(runs == std::vector<uint64_t>{1, 3, 120, 1, 1});
  for (size_t i = 0; i < runs.size(); ++i)
    CHECK(seconds[i] == Approx(result.dispatches[i].seconds));
}

TEST_CASE("counts are checked when they are known", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  HostTensor x = tensor({4}, ramp(4));
  auto run = [&](const std::string &program, const NamedSizes &sizes) {
    RunRequest request{program, {{"x", &x}}};
    request.sizes = sizes;
    return toy.session->run(request);
  };
  CHECK(output(toy.run({"shorter", {{"x", &x}}, {{"T", 6}}}), "y") == toy.expected<float>({3, 4, 5, 6}));
  CHECK(output(toy.run({"shorter", {{"x", &x}}, {{"T", 3}}}), "y") == toy.expected<float>({1, 2, 3, 4}));
  REQUIRE_ERROR(run("loop", {{"T", int64_t(1) << 31}}),
                "a loop of T = 2147483648 turns, run 1 times, exceeds 2147483647");
  REQUIRE_ERROR(run("nested", {{"H", 1 << 16}, {"W", 1 << 16}}),
                "a loop of W = 65536 turns, run 65536 times, exceeds 2147483647");
}

TEST_CASE("a long loop stops on request, and the session goes on", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  HostTensor x = tensor({4}, ramp(4));
  RunRequest request{"loop", {{"x", &x}}, {{"T", 100000000}}};
  int asked = 0;
  request.cancelled = [&] { return ++asked == 3; };
  if (toy.configuration.computes) {
    CHECK(toy.session->run(request).status().code() == StatusCode::cancelled);
    CHECK(asked == 3);
  }
  CHECK(output(runLoop(toy, "loop", 4, {{"T", 10}}), "y") == toy.expected<float>({11, 12, 13, 14}));
}
