// Scans SPIR-V for what device limits bear on. Not a validator: modules were validated where they were made.
#include "runtime/devices/vulkan/kernels/SpirvModule.h"

#include "runtime/base/Checked.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace vae::runtime::vulkan {

namespace {

// Numbers of the SPIR-V specification, section "Binary Form".
constexpr uint32_t magic = 0x07230203;
enum Opcode : uint32_t {
  opExecutionMode = 16,
  opCapability = 17,
  opTypeInt = 21,
  opTypeFloat = 22,
  opTypeVector = 23,
  opTypeArray = 28,
  opTypeStruct = 30,
  opTypePointer = 32,
  opConstant = 43,
  opVariable = 59,
  opDecorate = 71,
};
constexpr uint32_t localSizeMode = 17;
constexpr uint32_t preserveMode = 4461; // SignedZeroInfNanPreserve, and its capability
constexpr uint32_t preserveCapability = 4466;
constexpr uint32_t bindingDecoration = 33;
constexpr uint32_t workgroupClass = 4;

/// Walks the instructions once; sizes of types are known before the variables that have them.
class Scanner {
public:
  Status scan(std::span<const uint32_t> words, SpirvModule &module);

private:
  Status visit(std::span<const uint32_t> instruction, SpirvModule &module);
  void addWorkgroupVariable(uint32_t type, SpirvModule &module);
  void defineArray(uint32_t result, uint32_t element, uint32_t length);

  std::map<uint32_t, uint64_t> typeBytes;
  std::map<uint32_t, uint64_t> constants;
  std::map<uint32_t, uint32_t> pointees;
  uint32_t localSizes = 0;
};

} // namespace

static Status malformed(std::string_view what) { return fail(StatusCode::invalidFile, "malformed SPIR-V: ", what); }

void Scanner::defineArray(uint32_t result, uint32_t element, uint32_t length) {
  // A product beyond 64 bits stays "too large" rather than wrapping round.
  typeBytes[result] = checkedMul<uint64_t>(typeBytes[element], constants[length]).value_or(~uint64_t(0));
}

void Scanner::addWorkgroupVariable(uint32_t type, SpirvModule &module) {
  std::optional<uint64_t> sum = checkedAdd<uint64_t>(module.sharedBytes, typeBytes[pointees[type]]);
  module.sharedBytes = sum.value_or(~uint64_t(0));
}

Status Scanner::visit(std::span<const uint32_t> word, SpirvModule &module) {
  uint32_t opcode = word[0] & 0xffff;
  auto has = [&](size_t count) { return word.size() >= count; };
  if (opcode == opCapability && has(2))
    module.capabilities.push_back(word[1]);
  else if (opcode == opExecutionMode && has(6) && word[2] == localSizeMode) {
    module.localSize = {word[3], word[4], word[5]};
    ++localSizes;
  } else if (opcode == opDecorate && has(4) && word[2] == bindingDecoration) {
    if (word[3] >= 1u << 16)
      return malformed(concat("binding ", word[3]));
    module.bindingCount = std::max(module.bindingCount, word[3] + 1);
  } else if ((opcode == opTypeInt || opcode == opTypeFloat) && has(3))
    typeBytes[word[1]] = word[2] / 8;
  else if (opcode == opTypeVector && has(4))
    typeBytes[word[1]] = typeBytes[word[2]] * word[3];
  else if (opcode == opTypeArray && has(4))
    defineArray(word[1], word[2], word[3]);
  else if (opcode == opTypeStruct && has(2)) {
    uint64_t bytes = 0;
    for (uint32_t member : word.subspan(2))
      bytes = checkedAdd<uint64_t>(bytes, typeBytes[member]).value_or(~uint64_t(0));
    typeBytes[word[1]] = bytes;
  } else if (opcode == opTypePointer && has(4))
    pointees[word[1]] = word[3];
  else if (opcode == opConstant && has(4))
    constants[word[2]] = word[3];
  else if (opcode == opVariable && has(4) && word[3] == workgroupClass)
    addWorkgroupVariable(word[1], module);
  return {};
}

Status Scanner::scan(std::span<const uint32_t> words, SpirvModule &module) {
  if (words.size() < 5 || words[0] != magic)
    return malformed("no header");
  module.version = words[1];
  for (size_t at = 5; at < words.size();) {
    size_t length = words[at] >> 16;
    if (length == 0 || length > words.size() - at)
      return malformed(concat("instruction at word ", at, " has length ", length));
    VAE_RETURN_IF_ERROR(visit(words.subspan(at, length), module));
    at += length;
  }
  if (localSizes != 1)
    return malformed(concat(localSizes, " LocalSize execution modes where one is expected"));
  return {};
}

Result<SpirvModule> SpirvModule::parse(std::span<const uint32_t> words) {
  SpirvModule module;
  VAE_RETURN_IF_ERROR(Scanner().scan(words, module));
  return module;
}

namespace {
/// A capability that modules may ask for, and whether the device has it.
struct Capability {
  uint32_t number;
  const char *name;
  bool (*offered)(const PhysicalDevice &device);
};
} // namespace

template <bool Features::*feature> static bool hasFeature(const PhysicalDevice &device) {
  return device.features.*feature;
}
template <VkSubgroupFeatureFlags flag> static bool hasSubgroup(const PhysicalDevice &device) {
  return device.subgroupOperations & flag;
}
static bool always(const PhysicalDevice &) { return true; }

/// What the compiler may emit; anything else is refused, since the matching feature was not switched on.
static const Capability capabilityTable[] = {
    {0, "Matrix", always},
    {1, "Shader", always},
    {9, "Float16", hasFeature<&Features::float16>},
    {10, "Float64", hasFeature<&Features::float64>},
    {11, "Int64", hasFeature<&Features::int64>},
    {22, "Int16", hasFeature<&Features::int16>},
    {39, "Int8", hasFeature<&Features::int8>},
    {61, "GroupNonUniform", hasSubgroup<VK_SUBGROUP_FEATURE_BASIC_BIT>},
    {62, "GroupNonUniformVote", hasSubgroup<VK_SUBGROUP_FEATURE_VOTE_BIT>},
    {63, "GroupNonUniformArithmetic", hasSubgroup<VK_SUBGROUP_FEATURE_ARITHMETIC_BIT>},
    {64, "GroupNonUniformBallot", hasSubgroup<VK_SUBGROUP_FEATURE_BALLOT_BIT>},
    {65, "GroupNonUniformShuffle", hasSubgroup<VK_SUBGROUP_FEATURE_SHUFFLE_BIT>},
    {66, "GroupNonUniformShuffleRelative", hasSubgroup<VK_SUBGROUP_FEATURE_SHUFFLE_RELATIVE_BIT>},
    {4433, "StorageBuffer16BitAccess", hasFeature<&Features::storage16>},
    {4448, "StorageBuffer8BitAccess", hasFeature<&Features::storage8>},
    {preserveCapability, "SignedZeroInfNanPreserve", hasFeature<&Features::signedZeroInfNanPreserve32>},
    {4467, "RoundingModeRTE", hasFeature<&Features::roundingModeRte32>},
};

static Status checkCapability(uint32_t number, const PhysicalDevice &device) {
  auto known = std::find_if(std::begin(capabilityTable), std::end(capabilityTable),
                            [&](const Capability &capability) { return capability.number == number; });
  if (known == std::end(capabilityTable))
    return fail(StatusCode::unsupported, "needs SPIR-V capability ", number, ", which this runtime does not switch on");
  if (!known->offered(device))
    return fail(StatusCode::unsupported, "needs SPIR-V capability ", known->name, ", which ",
                device.properties.deviceName, " does not have");
  return {};
}

Status SpirvModule::checkAgainst(const PhysicalDevice &device) const {
  const VkPhysicalDeviceLimits &limits = device.properties.limits;
  if (version > device.maxSpirvVersion())
    return fail(StatusCode::unsupported, "is SPIR-V ", version >> 16, ".", version >> 8 & 0xff, "; ",
                device.description(), " takes up to ", device.maxSpirvVersion() >> 16, ".",
                device.maxSpirvVersion() >> 8 & 0xff);
  for (uint32_t capability : capabilities)
    VAE_RETURN_IF_ERROR(checkCapability(capability, device));
  uint64_t lanes = 1;
  for (int axis = 0; axis < 3; ++axis) {
    if (localSize[axis] == 0 || localSize[axis] > limits.maxComputeWorkGroupSize[axis])
      return fail(StatusCode::unsupported, "has workgroups of ", localSize[axis], " along axis ", axis, "; ",
                  device.properties.deviceName, " allows 1 to ", limits.maxComputeWorkGroupSize[axis],
                  " (maxComputeWorkGroupSize)");
    lanes *= localSize[axis];
  }
  if (lanes > limits.maxComputeWorkGroupInvocations)
    return fail(StatusCode::unsupported, "has workgroups of ", lanes, " lanes; ", device.properties.deviceName,
                " allows ", limits.maxComputeWorkGroupInvocations, " (maxComputeWorkGroupInvocations)");
  if (sharedBytes > limits.maxComputeSharedMemorySize)
    return fail(StatusCode::unsupported, "has ", sharedBytes, " bytes of workgroup memory; ",
                device.properties.deviceName, " allows ", limits.maxComputeSharedMemorySize,
                " (maxComputeSharedMemorySize)");
  return {};
}

static bool asksToPreserve(std::span<const uint32_t> word) {
  uint32_t opcode = word[0] & 0xffff;
  return (opcode == opCapability && word.size() == 2 && word[1] == preserveCapability) ||
         (opcode == opExecutionMode && word.size() == 4 && word[2] == preserveMode);
}

void dropPreservation(SpirvWords &words) {
  for (size_t at = 5; at < words.size();) {
    size_t length = words[at] >> 16;
    if (length == 0 || length > words.size() - at)
      return;
    auto first = words.begin() + static_cast<ptrdiff_t>(at);
    if (asksToPreserve(std::span(words).subspan(at, length)))
      words.erase(first, first + static_cast<ptrdiff_t>(length));
    else
      at += length;
  }
}

Result<SpirvWords> spirvWords(std::span<const std::byte> bytes) {
  if (bytes.size() % 4)
    return malformed(concat(bytes.size(), " bytes are no whole words"));
  SpirvWords words(bytes.size() / 4);
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

} // namespace vae::runtime::vulkan
