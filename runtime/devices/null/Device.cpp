// The null device.
#include "runtime/devices/null/Device.h"
#include "runtime/devices/HostMemory.h"
#include "runtime/package/Package.h"

namespace vae::runtime {
namespace {

class NullKernels final : public DeviceKernels {
public:
  explicit NullKernels(std::shared_ptr<const Package> package) : package(std::move(package)) {}

  const KernelCode *code(uint32_t kernel) const override {
    const std::vector<KernelCode> &code = package->kernels()[kernel].code;
    return code.empty() ? &none : &code.front();
  }
  const char *target() const override { return "null"; }

private:
  std::shared_ptr<const Package> package;
  KernelCode none;
};

class NullExecutable final : public Executable {
public:
  NullExecutable(std::shared_ptr<DeviceKernels> kernels, const BoundProgram &program)
      : kernels(std::move(kernels)), program(program) {}

  Status run(std::span<const Upload> uploads, std::span<const Download> downloads, const RunControl &control) override {
    for (const Upload &upload : uploads) {
      const BoundBuffer &buffer = program.buffers[upload.buffer];
      VAE_RETURN_IF_ERROR(buffer.memory->upload(buffer.offset, upload.source, upload.bytes));
    }
    for (const Download &download : downloads)
      std::memset(download.destination, 0, download.bytes);
    for (uint32_t i = 0; control.times && i < program.commands.size(); ++i)
      if (program.commands[i].kind == BoundCommand::Kind::dispatch)
        control.times->push_back({i, 0});
    return {};
  }

private:
  std::shared_ptr<DeviceKernels> kernels;
  BoundProgram program;
};

class NullDevice final : public Device {
public:
  explicit NullDevice(const DeviceOptions &options)
      : memory(options.allocator ? *options.allocator : Allocator::standard()) {}

  const std::string &name() const override { return deviceName; }
  const std::string &description() const override { return deviceDescription; }
  const DeviceLimits &limits() const override { return deviceLimits; }
  Allocator &allocator() const override { return memory; }

  Result<std::unique_ptr<DeviceMemory>> allocate(uint64_t bytes, MemoryPurpose) override {
    return HostMemory::allocate(bytes, deviceLimits.alignment, memory);
  }
  Result<std::shared_ptr<DeviceKernels>> loadKernels(std::shared_ptr<const Package> package,
                                                     std::span<const uint32_t>) override {
    return std::shared_ptr<DeviceKernels>(std::make_shared<NullKernels>(std::move(package)));
  }
  Result<std::unique_ptr<Executable>> compile(std::shared_ptr<DeviceKernels> kernels,
                                              const BoundProgram &program) override {
    return std::unique_ptr<Executable>(std::make_unique<NullExecutable>(std::move(kernels), program));
  }

private:
  Allocator &memory;
  std::string deviceName = "null";
  std::string deviceDescription = "computes nothing, results are zeros";
  DeviceLimits deviceLimits;
};

} // namespace

std::vector<DeviceEntry> listNullDevices() { return {{"null", "computes nothing, results are zeros"}}; }

Result<std::shared_ptr<Device>> openNullDevice(const DeviceOptions &options) {
  return std::shared_ptr<Device>(std::make_shared<NullDevice>(options));
}

} // namespace vae::runtime
