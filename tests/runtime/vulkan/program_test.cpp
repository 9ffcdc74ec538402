// Programs on Vulkan: results, barriers, repeated runs, and every way in which memory and descriptors can be bound.
#include "tests/runtime/vulkan/VulkanFixture.h"

#include <thread>

using namespace vae::test;

/// The paths that different hardware takes; each must give the same results.
static const char *const variants[] = {"", "separate-buffers", "staging", "descriptor-sets",
                                       "staging,descriptor-sets,separate-buffers"};

TEST_CASE("vulkan adds vectors again and again with changed inputs") {
  for (const char *variant : variants) {
    INFO("variant '" << variant << "'");
    // Not a multiple of the group size: the last group is partly outside.
    constexpr size_t n = 1000;
    TestProgram test(requireDevice(variant), {n, n, n});
    REQUIRE_OK(test.compile({dispatchOf(addKernel, {0, 1, 2}, {n}, groupsFor(n))}));
    for (int round = 0; round < 60; ++round) {
      auto sum = test.run({{0, ramp(n, static_cast<float>(round))}, {1, ramp(n, 5, static_cast<float>(round))}}, 2);
      REQUIRE_OK(sum);
      for (size_t i = 0; i < n; ++i)
        REQUIRE((*sum)[i] == static_cast<float>(round + i) + 5 + static_cast<float>(round) * static_cast<float>(i));
    }
  }
}

TEST_CASE("vulkan orders dependent dispatches by barriers") {
  for (const char *variant : variants) {
    INFO("variant '" << variant << "'");
    constexpr size_t n = 4096;
    TestProgram test(requireDevice(variant), {n, n});
    std::vector<BoundCommand> commands;
    for (int round = 0; round < 10; ++round) {
      commands.push_back(dispatchOf(incrementKernel, {0}, {n}, groupsFor(n)));
      commands.push_back(barrier());
      commands.push_back(dispatchOf(reverseKernel, {0, 1}, {n}, groupsFor(n)));
      commands.push_back(barrier());
      commands.push_back(dispatchOf(incrementKernel, {1}, {n}, groupsFor(n)));
      commands.push_back(barrier());
      commands.push_back(dispatchOf(reverseKernel, {1, 0}, {n}, groupsFor(n)));
      commands.push_back(barrier());
    }
    REQUIRE_OK(test.compile(commands));
    auto result = test.run({{0, ramp(n, 0)}}, 0);
    REQUIRE_OK(result);
    REQUIRE(*result == ramp(n, 20));
    // State stays on the device from run to run.
    result = test.run({}, 0);
    REQUIRE_OK(result);
    REQUIRE(*result == ramp(n, 40));
  }
}

TEST_CASE("vulkan validation reports a missing barrier") {
  for (const char *variant : {"", "separate-buffers", "descriptor-sets"}) {
    INFO("variant '" << variant << "'");
    constexpr size_t n = 4096;
    TestProgram test(requireDevice(variant), {n, n});
    REQUIRE_ERROR(test.compile({dispatchOf(incrementKernel, {0}, {n}, groupsFor(n)),
                                dispatchOf(reverseKernel, {0, 1}, {n}, groupsFor(n))}),
                  "SYNC-HAZARD-READ-AFTER-WRITE");
  }
}

TEST_CASE("vulkan validation sees an access beyond a tensor that has a buffer of its own") {
  // 1000 elements where there are 64: the neighbours in the arena would take the damage unseen.
  TestProgram test(requireDevice("gpu-assisted,separate-buffers"), {64, 64, 64});
  REQUIRE_OK(test.compile({dispatchOf(addKernel, {0, 1, 2}, {1000}, groupsFor(1000))}));
  REQUIRE_ERROR(test.run({}, 2), "out of bounds");
}

TEST_CASE("vulkan keeps independent dispatches of one phase free of barriers") {
  constexpr size_t n = 512;
  TestProgram test(requireDevice(), {n, n, n});
  REQUIRE_OK(test.compile({dispatchOf(incrementKernel, {0}, {n}, groupsFor(n)),
                           dispatchOf(incrementKernel, {1}, {n}, groupsFor(n)), barrier(),
                           dispatchOf(addKernel, {0, 1, 2}, {n}, groupsFor(n))}));
  auto sum = test.run({{0, ramp(n, 0)}, {1, ramp(n, 100)}}, 2);
  REQUIRE_OK(sum);
  REQUIRE(*sum == ramp(n, 102, 2));
}

TEST_CASE("vulkan runs grids of several axes with several sizes") {
  constexpr int64_t m = 37, n = 130;
  TestProgram test(requireDevice(), {m * n, m * n});
  REQUIRE_OK(test.compile({dispatchOf(transposeKernel, {0, 1}, {m, n}, {(n + 63) / 64, m, 1})}));
  auto result = test.run({{0, ramp(m * n, 0)}}, 1);
  REQUIRE_OK(result);
  for (int64_t r = 0; r < m; ++r)
    for (int64_t c = 0; c < n; ++c)
      REQUIRE((*result)[c * m + r] == static_cast<float>(r * n + c));
}

TEST_CASE("vulkan copies and fills") {
  for (const char *variant : variants) {
    INFO("variant '" << variant << "'");
    constexpr size_t n = 300;
    TestProgram test(requireDevice(variant), {n, n, n, n});
    BoundCommand fill;
    fill.kind = BoundCommand::Kind::fill;
    fill.destination = 1;
    fill.word = 0x40a00000; // 5.0f
    BoundCommand copy;
    copy.kind = BoundCommand::Kind::copy;
    copy.source = 1;
    copy.destination = 2;
    REQUIRE_OK(test.compile({fill, barrier(), copy, barrier(), dispatchOf(addKernel, {0, 2, 3}, {n}, groupsFor(n))}));
    auto sum = test.run({{0, ramp(n, 1)}}, 3);
    REQUIRE_OK(sum);
    REQUIRE(*sum == ramp(n, 6));
  }
}

TEST_CASE("vulkan reads a scalar that changes between runs") {
  constexpr size_t n = 100;
  TestProgram test(requireDevice("staging"), {n, 1, n});
  REQUIRE_OK(test.compile({dispatchOf(scaleKernel, {0, 1, 2}, {n}, groupsFor(n))}));
  REQUIRE_OK(test.memory->upload(test.program.buffers[0].offset, ramp(n, 0).data(), n * sizeof(float)));
  for (float factor : {2.f, -1.f, 0.5f}) {
    auto result = test.run({{1, {factor}}}, 2);
    REQUIRE_OK(result);
    REQUIRE(*result == ramp(n, 0, factor));
  }
}

TEST_CASE("vulkan profiles each dispatch") {
  for (const char *variant : {"", "staging"}) {
    constexpr size_t n = 100000;
    TestProgram test(requireDevice(variant), {n, n, n});
    REQUIRE_OK(test.compile({dispatchOf(addKernel, {0, 1, 2}, {n}, groupsFor(n)), barrier(),
                             dispatchOf(incrementKernel, {2}, {n}, groupsFor(n))}));
    for (int round = 0; round < 2; ++round) {
      std::vector<DispatchTime> times;
      auto result = test.run({{0, ramp(n, 0)}, {1, ramp(n, 0)}}, 2, &times);
      REQUIRE_OK(result);
      REQUIRE(*result == ramp(n, 1, 2));
      REQUIRE(times.size() == 2);
      REQUIRE(times[0].command == 0);
      REQUIRE(times[1].command == 2);
      for (const DispatchTime &time : times)
        REQUIRE((time.seconds > 0 && time.seconds < 60));
    }
  }
}

TEST_CASE("vulkan runs programs of several threads side by side") {
  std::shared_ptr<Device> device = requireDevice();
  std::vector<std::string> failures(4);
  std::vector<std::thread> threads;
  std::shared_ptr<const Package> package = testPackage();
  for (size_t t = 0; t < failures.size(); ++t)
    threads.emplace_back([&, t] {
      constexpr size_t n = 700;
      TestProgram test(device, {n, n, n});
      Status status = test.compile({dispatchOf(addKernel, {0, 1, 2}, {n}, groupsFor(n))}, package);
      for (int round = 0; round < 25 && status.ok(); ++round) {
        auto sum = test.run({{0, ramp(n, static_cast<float>(t))}, {1, ramp(n, static_cast<float>(round))}}, 2);
        status = sum.status();
        if (sum.ok() && *sum != ramp(n, static_cast<float>(t + round), 2))
          failures[t] = "wrong sum";
      }
      failures[t] += status.message();
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const std::string &failure : failures)
    REQUIRE(failure == "");
}
