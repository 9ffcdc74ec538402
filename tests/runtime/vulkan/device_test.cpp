// Opening Vulkan devices, their memory, and pipelines shared by content.
#include "runtime/devices/vulkan/kernels/Pipeline.h"
#include "tests/runtime/vulkan/VulkanFixture.h"

#include <set>

using namespace vae::test;

TEST_CASE("vulkan devices are listed and chosen by index") {
  auto devices = describeVulkanDevices();
  REQUIRE_OK(devices);
  REQUIRE(!devices->empty());
  REQUIRE(devices->front().find(", Vulkan 1.") != std::string::npos);
  auto best = openVulkanDevice(std::nullopt, {});
  REQUIRE_OK(best);
  REQUIRE((*best)->name() == "vulkan");
  auto first = openVulkanDevice(0, {});
  REQUIRE_OK(first);
  REQUIRE((*first)->name() == "vulkan:0");
  REQUIRE((*first)->description() == devices->front());
  REQUIRE_ERROR(openVulkanDevice(99, {}), "device 'vulkan:99' does not exist; usable Vulkan devices: ");
}

TEST_CASE("vulkan states its limits") {
  auto device = requireDevice();
  const DeviceLimits &limits = device->limits();
  // The least values that the Vulkan specification grants.
  REQUIRE(limits.maxStorageRange >= uint64_t(1) << 27);
  REQUIRE(limits.maxAllocation >= uint64_t(1) << 30);
  REQUIRE(limits.maxBindings >= 4);
  REQUIRE(limits.maxSizes >= 32);
  REQUIRE(limits.alignment == 256);
  REQUIRE(device->availableMemory() > uint64_t(1) << 20);
}

TEST_CASE("vulkan memory keeps what is uploaded") {
  for (const char *variant : {"", "staging"}) {
    INFO("variant '" << variant << "'");
    auto device = requireDevice(variant);
    // More than one round of the staging buffer.
    constexpr uint64_t bytes = (uint64_t(80) << 20) + 12;
    auto memory = device->allocate(bytes, MemoryPurpose::variables);
    REQUIRE_OK(memory);
    REQUIRE((*memory)->size() == bytes);
    std::vector<uint32_t> sent(bytes / 4), received(bytes / 4);
    for (size_t i = 0; i < sent.size(); ++i)
      sent[i] = static_cast<uint32_t>(i * 2654435761u);
    REQUIRE_OK((*memory)->upload(0, sent.data(), bytes));
    REQUIRE_OK((*memory)->upload(100, "abc", 3));
    REQUIRE_OK((*memory)->download(0, received.data(), bytes));
    std::memcpy(reinterpret_cast<char *>(sent.data()) + 100, "abc", 3);
    REQUIRE(std::memcmp(sent.data(), received.data(), bytes) == 0);
    uint32_t last = 0;
    REQUIRE_OK((*memory)->download(bytes - 4, &last, 4));
    REQUIRE(last == sent.back());
    REQUIRE_OK((*memory)->upload(0, nullptr, 0));
  }
}

TEST_CASE("vulkan kernels of equal code share one pipeline") {
  auto context = vulkan::Context::create({.validation = true}, std::nullopt, Allocator::standard());
  REQUIRE_OK(context);
  vulkan::PipelineCache cache(**context);
  std::string add = spirvOf("add"), scale = spirvOf("scale");
  const vulkan::PipelineCache::Request requests[] = {
      {bytesOf(add), 3, 1, "first"}, {bytesOf(add), 3, 1, "second"}, {bytesOf(scale), 3, 1, "third"}};
  auto made = cache.get(requests);
  REQUIRE_OK(made);
  REQUIRE((*made)[0].pipeline == (*made)[1].pipeline);
  REQUIRE(((*made)[0].isNew && !(*made)[1].isNew && (*made)[2].isNew));
  REQUIRE((*made)[0].pipeline != (*made)[2].pipeline);
  auto again = cache.get({requests, 1});
  REQUIRE_OK(again);
  REQUIRE((!(*again)[0].isNew && (*again)[0].pipeline == (*made)[0].pipeline));
  // Nobody holds it any more: made anew.
  made = cache.get({requests, 1});
  REQUIRE_OK(made);
  REQUIRE((*cache.get({requests + 2, 1}))[0].isNew);
}

TEST_CASE("vulkan compiles many kernels at once, and names the one that is wrong") {
  auto context = vulkan::Context::create({.validation = true}, std::nullopt, Allocator::standard());
  REQUIRE_OK(context);
  vulkan::PipelineCache cache(**context);
  const std::string names[] = {"add", "scale", "increment"};
  std::vector<std::string> codes;
  for (const std::string &name : names)
    codes.push_back(spirvOf(name));
  std::vector<vulkan::PipelineCache::Request> requests;
  for (uint32_t words = 1; words <= 8; ++words)
    for (size_t i = 0; i < codes.size(); ++i)
      requests.push_back({bytesOf(codes[i]), 3, words, names[i]});
  auto made = cache.get(requests);
  REQUIRE_OK(made);
  std::set<const vulkan::Pipeline *> different;
  for (const auto &entry : *made)
    different.insert(entry.pipeline.get());
  REQUIRE((different.size() == requests.size() && different.count(nullptr) == 0));
  requests.push_back({bytesOf(codes[0]), 2, 1, "short of a buffer"});
  REQUIRE_ERROR(cache.get(requests), "kernel 'short of a buffer': its code uses binding 2, but it has 2 buffers");
}

TEST_CASE("vulkan runs two kernels that share a pipeline") {
  constexpr size_t n = 200;
  auto package = packageOf({{"add_a", spirvOf("add"), 3, 1}, {"add_b", spirvOf("add"), 3, 1}});
  TestProgram test(requireDevice(), {n, n, n, n});
  REQUIRE_OK(test.compile(
      {dispatchOf(0, {0, 1, 2}, {n}, groupsFor(n)), barrier(), dispatchOf(1, {2, 0, 3}, {n}, groupsFor(n))}, package));
  auto sum = test.run({{0, ramp(n, 1)}, {1, ramp(n, 10)}}, 3);
  REQUIRE_OK(sum);
  REQUIRE(*sum == ramp(n, 12, 3));
}

TEST_CASE("vulkan loads only the kernels that are asked for") {
  auto device = requireDevice();
  auto package = testPackage();
  std::vector<uint32_t> wanted = {scaleKernel};
  auto kernels = device->loadKernels(package, wanted);
  REQUIRE_OK(kernels);
  REQUIRE((*kernels)->code(addKernel) == nullptr);
  REQUIRE((*kernels)->code(scaleKernel) == package->kernels()[scaleKernel].codeFor("vulkan", CodeKind::spirv));
  REQUIRE(std::string((*kernels)->target()) == "vulkan");
}
