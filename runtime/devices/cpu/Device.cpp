// The CPU device: opens a package's library for the best target, keeps the thread pool.
#include "runtime/devices/cpu/Device.h"
#include "runtime/devices/HostMemory.h"
#include "runtime/devices/cpu/Executable.h"
#include "runtime/devices/cpu/Peak.h"
#include "runtime/devices/cpu/Target.h"

#include <cstdlib>
#include <mutex>

namespace vae::runtime {
namespace {

using namespace cpu;

std::string describe(uint32_t threads, std::span<const std::string> targets) {
  std::string best = targets.empty() ? "no known target" : targets.front();
  return concat(processorName(), ", ", threads, threads == 1 ? " thread, " : " threads, ", best);
}

class CpuDevice final : public Device {
public:
  CpuDevice(const DeviceOptions &options, std::shared_ptr<Threads> threads, std::vector<std::string> targets,
            std::string forced)
      : memory(options.allocator ? *options.allocator : Allocator::standard()), threads(std::move(threads)),
        targets(std::move(targets)), forced(std::move(forced)),
        deviceDescription(describe(this->threads->count(), this->targets)) {}

  const std::string &name() const override { return deviceName; }
  const std::string &description() const override { return deviceDescription; }
  const DeviceLimits &limits() const override { return deviceLimits; }
  Allocator &allocator() const override { return memory; }

  Result<std::unique_ptr<DeviceMemory>> allocate(uint64_t bytes, MemoryPurpose) override {
    return HostMemory::allocate(bytes, deviceLimits.alignment, memory);
  }
  bool sharesHostMemory() const override { return true; }
  Result<std::shared_ptr<DeviceKernels>> loadKernels(std::shared_ptr<const Package> package,
                                                     std::span<const uint32_t> kernels) override;
  Result<std::unique_ptr<Executable>> compile(std::shared_ptr<DeviceKernels> kernels,
                                              const BoundProgram &program) override {
    return CpuExecutable::create(std::move(kernels), program, threads, memory);
  }
  DevicePeak measurePeak() override {
    return {peakFlops(*threads, targets.empty() ? "" : targets.front()), peakBytes(*threads, memory)};
  }

private:
  Result<std::shared_ptr<LoadedLibrary>> openLibrary(const Package &package, const std::string &target);

  Allocator &memory;
  std::shared_ptr<Threads> threads;
  std::vector<std::string> targets;
  std::string forced;
  std::string deviceName = "cpu";
  std::string deviceDescription;
  DeviceLimits deviceLimits;
  std::mutex mutex;
  /// By the address of the code in its package: while a library is in use its package is too, so no other code has that
  /// address.
  std::map<const std::byte *, std::weak_ptr<LoadedLibrary>> libraries;
};

Result<std::shared_ptr<LoadedLibrary>> CpuDevice::openLibrary(const Package &package, const std::string &target) {
  std::span<const std::byte> code = package.library(target)->code;
  std::lock_guard lock(mutex);
  std::erase_if(libraries, [](const auto &entry) { return entry.second.expired(); });
  if (std::shared_ptr<LoadedLibrary> open = libraries[code.data()].lock())
    return open;
  VAE_ASSIGN_OR_RETURN(std::shared_ptr<LoadedLibrary> library, LoadedLibrary::open(code));
  libraries[code.data()] = library;
  return library;
}

Result<std::shared_ptr<DeviceKernels>> CpuDevice::loadKernels(std::shared_ptr<const Package> package,
                                                              std::span<const uint32_t> kernels) {
  // What only copies has no code.
  if (kernels.empty() && package->libraries().empty())
    return CpuKernels::create(std::move(package), /*target=*/"", /*library=*/nullptr, kernels);
  std::vector<std::string> available;
  for (const auto &library : package->libraries())
    available.push_back(library.target);
  VAE_ASSIGN_OR_RETURN(std::string target, chooseTarget(targets, available, forced));
  VAE_ASSIGN_OR_RETURN(std::shared_ptr<LoadedLibrary> library, openLibrary(*package, target));
  return CpuKernels::create(std::move(package), std::move(target), std::move(library), kernels);
}

} // namespace

std::vector<DeviceEntry> listCpuDevices() {
  Result<std::shared_ptr<Device>> device = openCpuDevice({});
  return device.ok() ? std::vector<DeviceEntry>{{"cpu", (*device)->description()}} : std::vector<DeviceEntry>();
}

Result<std::shared_ptr<Device>> openCpuDevice(const DeviceOptions &options) {
  const char *variable = std::getenv("VAE_CPU_TARGET");
  std::string forced = !options.cpuTarget.empty() ? options.cpuTarget : variable ? variable : "";
  std::vector<std::string> targets = supportedTargets();
  if (!forced.empty()) {
    std::vector<std::string> wanted = {forced};
    VAE_ASSIGN_OR_RETURN(std::string checked, chooseTarget(targets, wanted, forced));
    targets = {checked};
  }
  VAE_ASSIGN_OR_RETURN(std::shared_ptr<Threads> threads, Threads::create(options.threads));
  return std::shared_ptr<Device>(
      std::make_shared<CpuDevice>(options, std::move(threads), std::move(targets), std::move(forced)));
}

} // namespace vae::runtime
