// What goes wrong on a device: failing allocations, work that does not end.
#include "tests/runtime/vulkan/VulkanFixture.h"

#include <chrono>

using namespace vae::test;

/// Opens a device, runs a program, checks its result.
static Status wholeJourney(const char *variant, Allocator &allocator) {
  constexpr size_t n = 100;
  VAE_ASSIGN_OR_RETURN(auto device, openDevice(variant, &allocator));
  TestProgram test(device, {n, n, n});
  VAE_RETURN_IF_ERROR(test.compile({dispatchOf(addKernel, {0, 1, 2}, {n}, groupsFor(n))}));
  VAE_ASSIGN_OR_RETURN(auto sum, test.run({{0, ramp(n, 0)}, {1, ramp(n, 1)}}, 2));
  REQUIRE(sum == ramp(n, 1, 2));
  return {};
}

TEST_CASE("vulkan reports each failing allocation and leaks nothing") {
  for (const char *variant : {"", "staging,descriptor-sets"}) {
    INFO("variant '" << variant << "'");
    uint64_t failed = 0;
    for (uint64_t nth = 1;; ++nth) {
      FailingAllocator allocator(nth);
      Status status = wholeJourney(variant, allocator);
      if (status.ok()) {
        // It went through only because so many requests never came.
        REQUIRE(allocator.requests() < nth);
        break;
      }
      ++failed;
      INFO(status.message());
      REQUIRE(status.code() == StatusCode::outOfMemory);
      REQUIRE(status.message().find(" bytes") != std::string::npos);
      REQUIRE(nth < 100);
    }
    // Arena and warm-up; with staging its buffer too.
    REQUIRE(failed >= (*variant ? 3 : 2));
  }
}

TEST_CASE("vulkan goes on after a failed allocation") {
  FailingAllocator allocator(1);
  auto device = openDevice("", &allocator);
  REQUIRE_OK(device);
  auto failed = (*device)->allocate(4096, MemoryPurpose::arena);
  REQUIRE(failed.status().code() == StatusCode::outOfMemory);
  REQUIRE_OK((*device)->allocate(4096, MemoryPurpose::arena));
}

TEST_CASE("vulkan gives up on work that takes too long") {
  auto started = std::chrono::steady_clock::now();
  auto device = requireDevice("timeout=0.2");
  {
    TestProgram test(device, {1});
    // Some seconds: longer than the timeout, short enough for the test to see the end of it.
    REQUIRE_OK(test.compile({dispatchOf(spinKernel, {0}, {60'000}, {2000, 1, 1})}));
    auto result = test.run({{0, {0}}}, 0);
    REQUIRE(result.status().code() == StatusCode::deviceFailed);
    REQUIRE_ERROR(result, "'test' did not finish within 0.2");
    // The failure stays: nothing may run beside work that is still going on.
    REQUIRE_ERROR(test.run({{0, {0}}}, 0), "did not finish within");
    REQUIRE_ERROR(device->allocate(16, MemoryPurpose::arena), "did not finish within");
    REQUIRE_ERROR(test.memory->upload(0, "abcd", 4), "did not finish within");
  }
  std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
  REQUIRE(taken.count() < 60);
}

TEST_CASE("vulkan leaves a device alone that does not answer at the end either") {
  auto device = requireDevice("timeout=0.02");
  TestProgram test(device, {1});
  REQUIRE_OK(test.compile({dispatchOf(spinKernel, {0}, {60'000}, {10'000, 1, 1})}));
  REQUIRE_ERROR(test.run({{0, {0}}}, 0), "did not finish within");
  // All that belongs to it ends here while it still works: nothing may be freed under it.
}
