// Each Vulkan call that can fail does so once: an error comes out, and everything made until then is freed.
#include "runtime/devices/vulkan/programs/Executable.h"
#include "tests/runtime/vulkan/VulkanFixture.h"

using namespace vae::test;

namespace {

/// A function of the device's table, replaced by one that fails.
struct FailingCall {
  const char *name;
  void (*inject)(VolkDeviceTable &table);
};

constexpr VkResult injected = VK_ERROR_OUT_OF_HOST_MEMORY;

} // namespace

#define FAILING_CALL(function)                                                                                         \
  FailingCall {                                                                                                        \
    #function, [](VolkDeviceTable &table) { table.function = [](auto...) { return injected; }; }                       \
  }

/// Uploads, loads, records, runs, profiles and downloads.
static Status journey(vulkan::Context &context) {
  vulkan::PipelineCache cache(context);
  vulkan::SharedStaging shared;
  VAE_ASSIGN_OR_RETURN(auto memory, vulkan::VulkanMemory::create(context, shared, 4096));
  std::vector<float> values = ramp(64, 0);
  VAE_RETURN_IF_ERROR(memory->upload(0, values.data(), 256));
  std::vector<uint32_t> wanted = {incrementKernel};
  VAE_ASSIGN_OR_RETURN(auto kernels, vulkan::VulkanKernels::load(context, cache, testPackage(), wanted));
  BoundProgram program;
  program.name = "test";
  program.buffers = {{.memory = memory.get(), .offset = 0, .size = 256}};
  program.commands = {dispatchOf(incrementKernel, {0}, {64}, {1, 1, 1})};
  VAE_ASSIGN_OR_RETURN(auto executable, vulkan::VulkanExecutable::create(context, kernels, program));
  std::vector<DispatchTime> times;
  VAE_RETURN_IF_ERROR(executable->run({}, {}, {&times}));
  VAE_RETURN_IF_ERROR(memory->download(0, values.data(), 256));
  REQUIRE(values == ramp(64, 1));
  return {};
}

/// The journey with `inject` right after the device is open. Leaks end the process when it closes.
static Status journeyWith(void (*inject)(VolkDeviceTable &)) {
  vulkan::DebugOptions options;
  options.validation = options.staging = options.descriptorSets = options.separateBuffers = true;
  VAE_ASSIGN_OR_RETURN(auto context, vulkan::Context::create(options, std::nullopt, Allocator::standard()));
  inject(context->table);
  return journey(*context);
}

TEST_CASE("vulkan survives each failing call") {
  const FailingCall calls[] = {
      FAILING_CALL(vkCreateBuffer),         FAILING_CALL(vkAllocateMemory),
      FAILING_CALL(vkBindBufferMemory),     FAILING_CALL(vkMapMemory),
      FAILING_CALL(vkCreateDescriptorPool), FAILING_CALL(vkAllocateDescriptorSets),
      FAILING_CALL(vkCreateCommandPool),    FAILING_CALL(vkAllocateCommandBuffers),
      FAILING_CALL(vkCreateFence),          FAILING_CALL(vkResetFences),
      FAILING_CALL(vkBeginCommandBuffer),   FAILING_CALL(vkEndCommandBuffer),
      FAILING_CALL(vkQueueSubmit),          FAILING_CALL(vkCreateDescriptorSetLayout),
      FAILING_CALL(vkCreatePipelineLayout), FAILING_CALL(vkCreateShaderModule),
      FAILING_CALL(vkCreatePipelineCache),  FAILING_CALL(vkCreateComputePipelines),
      FAILING_CALL(vkCreateQueryPool),      FAILING_CALL(vkGetQueryPoolResults),
  };
  REQUIRE_OK(journeyWith([](VolkDeviceTable &) {}));
  for (const FailingCall &call : calls) {
    INFO(call.name);
    Status status = journeyWith(call.inject);
    INFO(status.message());
    REQUIRE(status.code() == StatusCode::outOfMemory);
    REQUIRE(status.message().find("VK_ERROR_OUT_OF_HOST_MEMORY") != std::string::npos);
  }
}

TEST_CASE("vulkan keeps saying that a device was lost") {
  auto context = vulkan::Context::create({.validation = true}, std::nullopt, Allocator::standard());
  REQUIRE_OK(context);
  vulkan::SharedStaging shared;
  auto memory = vulkan::VulkanMemory::create(**context, shared, 64);
  REQUIRE_OK(memory);
  auto real = (*context)->table.vkQueueSubmit;
  (*context)->table.vkQueueSubmit = [](auto...) { return VK_ERROR_DEVICE_LOST; };
  auto staging = vulkan::Staging::create(**context);
  REQUIRE_OK(staging);
  std::byte host[4] = {};
  vulkan::HostCopy copy = {(*memory)->deviceBuffer().buffer.get(), 0, host, 4};
  REQUIRE_ERROR(staging->run({&copy, 1}, VK_NULL_HANDLE, {}, "copy"), "was lost (VK_ERROR_DEVICE_LOST)");
  (*context)->table.vkQueueSubmit = real;
  REQUIRE_ERROR(staging->run({&copy, 1}, VK_NULL_HANDLE, {}, "copy"), "was lost");
  REQUIRE_ERROR((*memory)->upload(0, host, 4), "was lost");
  REQUIRE_ERROR(vulkan::allocateBuffer(**context, 64, vulkan::Residence::device), "was lost");
}

TEST_CASE("vulkan waits for work whose wait failed before it frees anything") {
  auto context = vulkan::Context::create({.validation = true, .staging = true}, std::nullopt, Allocator::standard());
  REQUIRE_OK(context);
  vulkan::SharedStaging shared;
  auto memory = vulkan::VulkanMemory::create(**context, shared, uint64_t(16) << 20);
  REQUIRE_OK(memory);
  auto real = (*context)->table.vkWaitForFences;
  (*context)->table.vkWaitForFences = [](auto...) { return injected; };
  std::vector<std::byte> host(uint64_t(16) << 20);
  REQUIRE_ERROR((*memory)->upload(0, host.data(), host.size()), "waiting for 'copy': VK_ERROR_OUT_OF_HOST_MEMORY");
  // Validation would report freeing what is in use, and end the process.
  (*context)->table.vkWaitForFences = real;
}
