// Compiled pipelines on disk, with a driver whose cache holds what the test says: the software drivers at hand keep nothing in theirs.
#include "runtime/devices/vulkan/kernels/Pipeline.h"
#include "tests/runtime/vulkan/VulkanFixture.h"

using namespace vae::test;

namespace {

/// What the driver's cache holds, and what it was told.
struct Driver {
  std::string holds;              ///< what vkGetPipelineCacheData gives
  std::vector<std::string> began; ///< initial data of each cache made
  size_t merged = 0;
};
Driver driver;
PFN_vkCreatePipelineCache createCache;

VkResult create(VkDevice device, const VkPipelineCacheCreateInfo *info, const VkAllocationCallbacks *,
                VkPipelineCache *cache) {
  driver.began.emplace_back(static_cast<const char *>(info->pInitialData), info->initialDataSize);
  VkPipelineCacheCreateInfo empty = *info;
  empty.initialDataSize = 0;
  return createCache(device, &empty, nullptr, cache);
}

VkResult getData(VkDevice, VkPipelineCache, size_t *bytes, void *data) {
  *bytes = driver.holds.size();
  if (data)
    std::memcpy(data, driver.holds.data(), *bytes);
  return VK_SUCCESS;
}

VkResult merge(VkDevice, VkPipelineCache, uint32_t count, const VkPipelineCache *) {
  driver.merged += count;
  return VK_SUCCESS;
}

/// A device with that driver, and a cache folder of its own.
class Fixture {
public:
  Fixture() : variable("XDG_CACHE_HOME", scratch.path("cache")) {
    driver = {};
    driver.holds = std::string(100, 'x');
    auto opened = vulkan::Context::create({.validation = true}, std::nullopt, Allocator::standard());
    REQUIRE_OK(opened);
    context = opened.take();
    createCache = context->table.vkCreatePipelineCache;
    context->table.vkCreatePipelineCache = create;
    context->table.vkGetPipelineCacheData = getData;
    context->table.vkMergePipelineCaches = merge;
  }

  /// What one process does: it compiles `kernels` kernels, one after the other.
  void start(uint32_t kernels = 1) {
    vulkan::PipelineCache cache(*context, [this](const std::string &line) { notes.push_back(line); });
    std::string code = spirvOf("add");
    for (uint32_t words = 1; words <= kernels; ++words) {
      const vulkan::PipelineCache::Request request = {bytesOf(code), 3, words, "add"};
      REQUIRE_OK(cache.get({&request, 1}));
    }
  }

  /// The one file in the cache folder.
  std::string file() const {
    std::vector<std::string> found;
    for (const auto &entry : std::filesystem::directory_iterator(scratch.path("cache/vaec")))
      found.push_back(entry.path().string());
    REQUIRE(found.size() == 1);
    return found[0];
  }

  ScratchFolder scratch;
  ScopedVariable variable;
  std::unique_ptr<vulkan::Context> context;
  std::vector<std::string> notes;
};

} // namespace

TEST_CASE("vulkan begins with the pipelines that an earlier process compiled") {
  Fixture test;
  test.start(3);
  REQUIRE(driver.began == std::vector<std::string>{""});
  const std::string first = slurp(test.file());
  REQUIRE(first.size() == 24 + driver.holds.size());
  auto written = std::filesystem::last_write_time(test.file());
  test.start(3);
  REQUIRE(driver.began.back() == driver.holds);
  REQUIRE(std::filesystem::last_write_time(test.file()) == written); // nothing was new
  driver.holds += "and more";
  test.start();
  test.start();
  REQUIRE(driver.began.back() == driver.holds);
  REQUIRE((test.notes.empty() && driver.merged == 0));
}

TEST_CASE("vulkan takes a damaged file of pipelines for none, and writes it anew") {
  Fixture test;
  test.start();
  const std::string path = test.file(), whole = slurp(path);
  std::vector<std::string> damaged = {"", "short", whole.substr(0, whole.size() - 1), whole + "!"};
  for (size_t at : {0, 8, 16, 24, 123}) {
    damaged.push_back(whole);
    damaged.back()[at] ^= 1;
  }
  for (const std::string &content : damaged) {
    spill(path, content);
    test.start();
    REQUIRE(driver.began.back().empty());
    REQUIRE(slurp(path) == whole);
  }
  REQUIRE(test.notes.empty());
}

TEST_CASE("vulkan keeps the pipelines that another process wrote meanwhile") {
  Fixture test;
  vulkan::PipelineStore store(*test.context, {});
  REQUIRE_OK(store.open());
  test.start();
  REQUIRE(driver.merged == 0);
  store.save();
  REQUIRE(driver.merged == 1);
  REQUIRE(driver.began.back() == driver.holds);
}

TEST_CASE("vulkan says once that pipelines cannot be kept, and goes on") {
  Fixture test;
  spill(test.scratch.path("file"), "no folder");
  ScopedVariable own("XDG_CACHE_HOME", test.scratch.path("file"));
  test.start(3);
  REQUIRE(test.notes.size() == 1);
  INFO(test.notes[0]);
  REQUIRE(test.notes[0].starts_with("compiled kernels are not kept for the next start: cannot create the folder"));
  test.context->table.vkGetPipelineCacheData = [](auto...) { return VK_ERROR_OUT_OF_HOST_MEMORY; };
  test.start(); // another process
  REQUIRE(test.notes.size() == 2);
  REQUIRE(test.notes.back().find("VK_ERROR_OUT_OF_HOST_MEMORY") != std::string::npos);
}

TEST_CASE("vulkan writes no file of pipelines where there is nothing to keep, or nowhere") {
  Fixture test;
  driver.holds = std::string(32, 'x'); // Vulkan's own header
  test.start();
  REQUIRE(!std::filesystem::exists(test.scratch.path("cache/vaec"))); // Mesa has a folder of its own there
  driver.holds = std::string(100, 'x');
  ScopedVariable home("HOME", ""), own("XDG_CACHE_HOME", "relative");
  REQUIRE(vulkan::cacheFolder().empty());
  test.start();
  REQUIRE(test.notes.empty());
  REQUIRE(!std::filesystem::exists(test.scratch.path("cache/vaec")));
  ScopedVariable somewhere("HOME", "/home/me");
  REQUIRE(vulkan::cacheFolder() == "/home/me/.cache");
}
