// Machines without Vulkan, and options that don't make sense: errors, no crashes.
#include "runtime/devices/vulkan/context/DebugOptions.h"
#include "tests/runtime/vulkan/VulkanFixture.h"

using namespace vae::test;

// Runs in an environment of its own (see CMakeLists.txt): once opened, a loader stays open in a process.
TEST_CASE("vulkan without a loader", "[.][no-loader]") {
  REQUIRE_ERROR(openVulkanDevice(std::nullopt, {}), "no Vulkan loader found");
  REQUIRE_ERROR(describeVulkanDevices(), "no Vulkan loader found");
  REQUIRE(describeVulkanDevices().status().code() == StatusCode::unsupported);
}

TEST_CASE("vulkan without a driver") {
  for (const char *variable : {"VK_DRIVER_FILES", "VK_ICD_FILENAMES"}) {
    ScopedVariable none(variable, "/nonexistent/driver.json");
    INFO(variable);
    auto device = openVulkanDevice(std::nullopt, {});
    REQUIRE_ERROR(device, "no ");
    REQUIRE_ERROR(device, "found");
    REQUIRE(device.status().code() == StatusCode::unsupported);
    REQUIRE_ERROR(describeVulkanDevices(), "found");
  }
  REQUIRE_OK(openVulkanDevice(std::nullopt, {}));
}

TEST_CASE("vulkan without the validation layer") {
  ScopedVariable none("VK_LAYER_PATH", "/nonexistent");
  REQUIRE_ERROR(openDevice(), "VK_LAYER_KHRONOS_validation is not installed");
}

TEST_CASE("vulkan options are parsed") {
  auto options = vulkan::parseDebugOptions("validation,staging,timeout=2.5");
  REQUIRE_OK(options);
  REQUIRE((options->validation && options->staging && !options->separateBuffers && !options->descriptorSets));
  REQUIRE(options->timeoutSeconds == 2.5);
  REQUIRE_OK(vulkan::parseDebugOptions(""));
  REQUIRE(vulkan::parseDebugOptions("gpu-assisted")->validation);
  REQUIRE_ERROR(vulkan::parseDebugOptions("validation,stagin"), "VAE_VULKAN: unknown word 'stagin'");
  for (const char *bad : {"timeout=", "timeout=x", "timeout=0", "timeout=-1", "timeout=nan", "timeout=1e9"})
    REQUIRE_ERROR(vulkan::parseDebugOptions(bad), "is not a number of seconds");
  ScopedVariable variable("VAE_VULKAN", "nonsense");
  REQUIRE_ERROR(openVulkanDevice(std::nullopt, {}), "unknown word 'nonsense'");
}
