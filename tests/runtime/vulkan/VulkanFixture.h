// Kernels assembled by hand, packages made of them, and a Vulkan device to run them on.
#ifndef VAE_TESTS_RUNTIME_VULKAN_VULKANFIXTURE_H
#define VAE_TESTS_RUNTIME_VULKAN_VULKANFIXTURE_H

#include "runtime/abi/kernel.h"
#include "runtime/abi/package_generated.h"
#include "runtime/base/Memory.h"
#include "runtime/devices/vulkan/Device.h"
#include "runtime/package/Package.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include <cstdlib>
#include <cstring>
#include <numeric>
#include <zlib.h>

namespace vae::test {

using namespace vae::runtime;

/// An environment variable for as long as this lives.
class ScopedVariable {
public:
  ScopedVariable(std::string variable, const std::string &value) : variable(std::move(variable)) {
    if (const char *before = std::getenv(this->variable.c_str()))
      previous = before;
    ::setenv(this->variable.c_str(), value.c_str(), 1);
  }
  ~ScopedVariable() {
    if (previous)
      ::setenv(variable.c_str(), previous->c_str(), 1);
    else
      ::unsetenv(variable.c_str());
  }
  ScopedVariable(const ScopedVariable &) = delete;
  ScopedVariable &operator=(const ScopedVariable &) = delete;

private:
  std::string variable;
  std::optional<std::string> previous;
};

/// A device that behaves as the words say; validation is always on. Leaks and late messages end the process.
inline Result<std::shared_ptr<Device>> openDevice(const std::string &words = "", Allocator *allocator = nullptr) {
  ScopedVariable variable("VAE_VULKAN", "validation," + words);
  DeviceOptions options;
  options.allocator = allocator;
  return openVulkanDevice(std::nullopt, options);
}

inline std::shared_ptr<Device> requireDevice(const std::string &words = "") {
  Result<std::shared_ptr<Device>> device = openDevice(words);
  INFO(device.status().message());
  REQUIRE(device.ok());
  return device.take();
}

/// The words of tests/runtime/vulkan/<name>.spvasm.
inline std::string spirvOf(const std::string &name) {
  std::string code = slurp(std::string(VAE_BINARY_DIR) + "/tests/runtime/vulkan/" + name + ".spv");
  REQUIRE(code.size() > 20);
  return code;
}

struct TestKernel {
  std::string name;
  std::string code;
  uint32_t buffers;
  uint32_t sizes;
};

/// The bytes of a package that holds only these kernels.
inline std::vector<std::byte> packageBytes(const std::vector<TestKernel> &kernels) {
  auto checksum = [](const void *bytes, size_t size) {
    return static_cast<uint32_t>(crc32_z(0, static_cast<const Bytef *>(bytes), size));
  };
  abi::PackageT package;
  package.model = "test";
  // Ample room for the description, so that the offsets of sections are known before it is written.
  uint64_t at = 4 * VAE_SECTION_ALIGNMENT;
  std::vector<uint64_t> offsets;
  for (const TestKernel &kernel : kernels) {
    auto code = std::make_unique<abi::KernelCodeT>();
    code->target = "vulkan";
    code->kind = abi::CodeKind_spirv;
    code->code = std::make_unique<abi::SectionT>();
    code->code->offset = at;
    code->code->size = kernel.code.size();
    code->code->crc32 = checksum(kernel.code.data(), kernel.code.size());
    for (int axis = 0; axis < 3; ++axis)
      code->grid.push_back(std::make_unique<abi::GridAxisT>());
    auto made = std::make_unique<abi::KernelT>();
    made->name = kernel.name;
    made->accesses.assign(kernel.buffers, abi::Access_read_write);
    made->size_count = kernel.sizes;
    made->code.push_back(std::move(code));
    package.kernels.push_back(std::move(made));
    offsets.push_back(at);
    at += (kernel.code.size() / VAE_SECTION_ALIGNMENT + 1) * VAE_SECTION_ALIGNMENT;
  }
  flatbuffers::FlatBufferBuilder builder;
  abi::FinishPackageBuffer(builder, abi::Package::Pack(builder, &package));
  REQUIRE(sizeof(vae_package_header) + builder.GetSize() <= 4 * VAE_SECTION_ALIGNMENT);

  std::vector<std::byte> bytes(at);
  vae_package_header header = {};
  std::memcpy(header.magic, "VAEP", 4);
  header.version = VAE_ABI_VERSION;
  header.core_size = bytes.size();
  header.description_size = builder.GetSize();
  header.description_crc32 = checksum(builder.GetBufferPointer(), builder.GetSize());
  header.header_crc32 = checksum(&header, offsetof(vae_package_header, header_crc32));
  std::memcpy(bytes.data(), &header, sizeof(header));
  std::memcpy(bytes.data() + sizeof(header), builder.GetBufferPointer(), builder.GetSize());
  for (size_t i = 0; i < kernels.size(); ++i)
    std::memcpy(bytes.data() + offsets[i], kernels[i].code.data(), kernels[i].code.size());
  return bytes;
}

inline std::shared_ptr<const Package> packageOf(const std::vector<TestKernel> &kernels) {
  Result<std::shared_ptr<const Package>> package = Package::create(packageBytes(kernels));
  INFO(package.status().message());
  REQUIRE(package.ok());
  return package.take();
}

/// All kernels of this folder; the enumerators are their indices.
enum TestKernelIndex : uint32_t { addKernel, scaleKernel, incrementKernel, reverseKernel, transposeKernel, spinKernel };
inline std::shared_ptr<const Package> testPackage() {
  return packageOf({{"add", spirvOf("add"), 3, 1},
                    {"scale", spirvOf("scale"), 3, 1},
                    {"increment", spirvOf("increment"), 1, 1},
                    {"reverse", spirvOf("reverse"), 2, 1},
                    {"transpose", spirvOf("transpose"), 2, 2},
                    {"spin", spirvOf("spin"), 1, 1}});
}

inline std::vector<uint32_t> allKernels(const Package &package) {
  std::vector<uint32_t> indices(package.kernels().size());
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

inline BoundCommand dispatchOf(uint32_t kernel, std::vector<uint32_t> buffers, std::vector<int64_t> sizes,
                               std::array<int64_t, 3> grid) {
  BoundCommand command;
  command.kind = BoundCommand::Kind::dispatch;
  command.dispatch.kernel = kernel;
  command.dispatch.buffers = std::move(buffers);
  command.dispatch.sizes = std::move(sizes);
  command.dispatch.grid = grid;
  return command;
}

/// Groups of 64 lanes that cover n elements.
inline std::array<int64_t, 3> groupsFor(int64_t n) { return {(n + 63) / 64, 1, 1}; }

inline BoundCommand barrier() { return {}; }

/// A program over float buffers that lie in one allocation, and what runs it.
class TestProgram {
public:
  TestProgram(std::shared_ptr<Device> device, std::vector<uint64_t> elements) : device(std::move(device)) {
    program.name = "test";
    uint64_t at = 0;
    for (uint64_t count : elements) {
      program.buffers.push_back({});
      program.buffers.back().offset = at;
      program.buffers.back().size = count * sizeof(float);
      at += (count * sizeof(float) + 255) / 256 * 256;
    }
    bytes = at;
  }

  /// Allocates, loads and records; the first error.
  Status compile(std::vector<BoundCommand> commands, std::shared_ptr<const Package> package = testPackage()) {
    VAE_ASSIGN_OR_RETURN(memory, device->allocate(bytes, MemoryPurpose::arena));
    for (BoundBuffer &buffer : program.buffers)
      buffer.memory = memory.get();
    VAE_ASSIGN_OR_RETURN(auto kernels, device->loadKernels(package, allKernels(*package)));
    program.commands = std::move(commands);
    VAE_ASSIGN_OR_RETURN(executable, device->compile(kernels, program));
    return {};
  }

  /// Runs with buffers uploaded by index; returns the contents of buffer `output`.
  Result<std::vector<float>> run(const std::vector<std::pair<uint32_t, std::vector<float>>> &inputs, uint32_t output,
                                 std::vector<DispatchTime> *times = nullptr) {
    std::vector<Upload> uploads;
    for (const auto &[buffer, values] : inputs)
      uploads.push_back({buffer, values.data(), values.size() * sizeof(float)});
    std::vector<float> result(program.buffers[output].size / sizeof(float));
    Download download = {output, result.data(), program.buffers[output].size};
    VAE_RETURN_IF_ERROR(executable->run(uploads, {&download, 1}, {times}));
    return result;
  }

  std::shared_ptr<Device> device;
  std::unique_ptr<DeviceMemory> memory;
  std::unique_ptr<Executable> executable;
  BoundProgram program;
  uint64_t bytes = 0;
};

/// first, first + step, ...: small integers, so that float arithmetic on them is exact.
inline std::vector<float> ramp(size_t count, float first, float step = 1) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = first + step * static_cast<float>(i);
  return values;
}

#define REQUIRE_OK(...)                                                                                                \
  do {                                                                                                                 \
    ::vae::runtime::Status vaeOutcome = ::vae::test::statusOf(__VA_ARGS__);                                            \
    INFO("message: " << vaeOutcome.message());                                                                         \
    REQUIRE(vaeOutcome.ok());                                                                                          \
  } while (false)

} // namespace vae::test

#endif // VAE_TESTS_RUNTIME_VULKAN_VULKANFIXTURE_H
