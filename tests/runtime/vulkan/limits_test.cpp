// Whatever exceeds a device gives an error that names the thing and the limit.
#include "runtime/devices/vulkan/kernels/SpirvModule.h"
#include "tests/runtime/vulkan/VulkanFixture.h"

#include <algorithm>

using namespace vae::test;

TEST_CASE("vulkan refuses a tensor beyond maxStorageBufferRange") {
  auto device = requireDevice();
  uint64_t elements = device->limits().maxStorageRange / 4 + 1;
  if (elements * 4 > device->limits().maxAllocation)
    return;
  TestProgram test(device, {elements, 16});
  REQUIRE_ERROR(test.compile({dispatchOf(reverseKernel, {0, 1}, {16}, {1, 1, 1})}), "program 'test': buffer 0");
  REQUIRE_ERROR(test.compile({}), "maxStorageBufferRange");
}

TEST_CASE("vulkan refuses allocations beyond its memory") {
  auto device = requireDevice();
  REQUIRE_ERROR(device->allocate(uint64_t(1) << 60, MemoryPurpose::arena), "1152921504606846976");
  REQUIRE_ERROR(device->allocate(~uint64_t(0), MemoryPurpose::arena), "18446744073709551615");
  // Each fits, all together do not: the heap's size is a limit even where the driver would let it pass.
  std::vector<std::unique_ptr<DeviceMemory>> held;
  uint64_t most = std::min(device->limits().maxAllocation, device->availableMemory());
  uint64_t before = device->availableMemory();
  if (before > uint64_t(8) << 30)
    return;
  auto half = device->allocate(most / 2, MemoryPurpose::arena);
  REQUIRE_OK(half);
  REQUIRE(device->availableMemory() <= before - most / 2);
  auto rest = device->allocate(most / 2 + (uint64_t(1) << 30), MemoryPurpose::arena);
  REQUIRE_ERROR(rest, "does not fit memory heap");
  REQUIRE(rest.status().code() == StatusCode::outOfMemory);
  *half = nullptr;
  REQUIRE(device->availableMemory() > before - most / 4);
}

TEST_CASE("vulkan refuses sizes beyond 32 bits") {
  TestProgram test(requireDevice(), {64});
  REQUIRE_ERROR(test.compile({dispatchOf(incrementKernel, {0}, {int64_t(1) << 31}, {1, 1, 1})}),
                "kernel 'increment': size 2147483648 does not fit 32 bits");
  REQUIRE_OK(test.compile({dispatchOf(incrementKernel, {0}, {64}, {1, 1, 1})}));
}

TEST_CASE("vulkan does the work of more groups than the device allows") {
  // 65535 groups are what the specification grants, and what lavapipe allows.
  constexpr int64_t n = 64 * 65535 + 1000;
  TestProgram test(requireDevice(), {n});
  REQUIRE_OK(test.compile({dispatchOf(incrementKernel, {0}, {n}, groupsFor(n))}));
  auto result = test.run({{0, ramp(n, 0)}}, 0);
  REQUIRE_OK(result);
  REQUIRE(*result == ramp(n, 1));
}

TEST_CASE("vulkan refuses kernels with more bindings or sizes than it has") {
  auto device = requireDevice();
  std::vector<uint32_t> first = {0};
  uint32_t sizes = device->limits().maxSizes + 1;
  REQUIRE_ERROR(device->loadKernels(packageOf({{"many", spirvOf("add"), 3, sizes}}), first), "maxPushConstantsSize");
  REQUIRE_ERROR(device->loadKernels(packageOf({{"few", spirvOf("add"), 2, 1}}), first),
                "kernel 'few': its code uses binding 2, but it has 2 buffers");
  uint32_t buffers = device->limits().maxBindings;
  if (buffers < 1000) {
    REQUIRE_ERROR(device->loadKernels(packageOf({{"wide", spirvOf("add"), buffers + 1, 1}}), first),
                  "maxPerStageDescriptorStorageBuffers");
  }
}

TEST_CASE("what asks a device to preserve special values is taken out of a module") {
  using namespace vae::runtime::vulkan;
  const SpirvWords plain = {0x07230203, 0x00010500, 0, 9, 0, 2u << 16 | 17, 1, 3u << 16 | 16, 4, 12};
  SpirvWords words = plain;
  words.insert(words.begin() + 7, {2u << 16 | 17, 4466});
  words.insert(words.end(), {4u << 16 | 16, 4, 4461, 32});
  dropPreservation(words);
  REQUIRE(words == plain);
  SpirvWords cut = {0x07230203, 0x00010500, 0, 9, 0, 2u << 16 | 17};
  dropPreservation(cut);
  REQUIRE(cut.size() == 6);
}

/// The module with words replaced wherever an instruction of `opcode` starts; `edit` gets that instruction.
template <typename Edit> static std::string edited(std::string code, uint32_t opcode, Edit edit) {
  std::vector<uint32_t> words(code.size() / 4);
  std::memcpy(words.data(), code.data(), code.size());
  for (size_t at = 5; at < words.size(); at += words[at] >> 16)
    if ((words[at] & 0xffff) == opcode) {
      edit(&words[at]);
      break;
    }
  std::memcpy(code.data(), words.data(), code.size());
  return code;
}

TEST_CASE("vulkan refuses modules that the device can't run") {
  auto device = requireDevice();
  std::vector<uint32_t> first = {0};
  auto load = [&](std::string code) { return device->loadKernels(packageOf({{"k", std::move(code), 3, 1}}), first); };
  std::string add = spirvOf("add");
  constexpr uint32_t opCapability = 17, opExecutionMode = 16;
  REQUIRE_OK(load(add));
  REQUIRE_ERROR(load(edited(add, opCapability, [](uint32_t *word) { word[1] = 5345; })),
                "kernel 'k': needs SPIR-V capability 5345, which this runtime does not switch on");
  REQUIRE_ERROR(load(edited(add, opExecutionMode, [](uint32_t *word) { word[3] = 1u << 20; })),
                "maxComputeWorkGroupSize");
  REQUIRE_ERROR(load(edited(add, opExecutionMode, [](uint32_t *word) { word[3] = 512, word[4] = 512; })),
                "maxComputeWorkGroupInvocations");
  std::string newer = add;
  newer[5] = 99; // minor version
  REQUIRE_ERROR(load(newer), "is SPIR-V 1.99");
}

TEST_CASE("vulkan refuses damaged modules") {
  auto device = requireDevice();
  std::vector<uint32_t> first = {0};
  auto load = [&](std::string code) { return device->loadKernels(packageOf({{"k", std::move(code), 3, 1}}), first); };
  std::string add = spirvOf("add");
  REQUIRE_ERROR(load(add.substr(0, 16)), "malformed SPIR-V: no header");
  REQUIRE_ERROR(load(add.substr(0, 20)), "0 LocalSize execution modes");
  std::string endless = add;
  endless[22] = 0, endless[23] = 0; // length of the first instruction
  REQUIRE_ERROR(load(endless), "instruction at word 5 has length 0");
  std::string longer = add;
  longer[22] = longer[23] = char(0xff);
  REQUIRE_ERROR(load(longer), "instruction at word 5 has length 65535");
}

TEST_CASE("spirv modules state their workgroup memory") {
  // float32 at id 1, uint32 at id 2, 16 as id 3, array 16 x float as id 4, struct {array, float} as id 5, pointer as id
  // 6, variable as id 7.
  std::vector<uint32_t> words = {0x07230203, 0x00010500, 0, 8, 0};
  auto add = [&](uint32_t opcode, std::vector<uint32_t> operands) {
    words.push_back(static_cast<uint32_t>(operands.size() + 1) << 16 | opcode);
    words.insert(words.end(), operands.begin(), operands.end());
  };
  add(16, {9, 17, 8, 4, 1});
  add(22, {1, 32});
  add(21, {2, 32, 0});
  add(43, {2, 3, 16});
  add(28, {4, 1, 3});
  add(30, {5, 4, 1});
  add(32, {6, 4, 5});
  add(59, {6, 7, 4});
  auto module = vulkan::SpirvModule::parse(words);
  REQUIRE_OK(module);
  REQUIRE(module->sharedBytes == 68);
  REQUIRE(module->localSize == std::array<uint32_t, 3>{8, 4, 1});
  vulkan::PhysicalDevice device;
  device.properties.apiVersion = VK_API_VERSION_1_2;
  std::fill_n(device.properties.limits.maxComputeWorkGroupSize, 3, 64);
  device.properties.limits.maxComputeWorkGroupInvocations = 64;
  device.properties.limits.maxComputeSharedMemorySize = 68;
  REQUIRE_OK(module->checkAgainst(device));
  device.properties.limits.maxComputeSharedMemorySize = 67;
  REQUIRE_ERROR(module->checkAgainst(device), "has 68 bytes of workgroup memory");
}
