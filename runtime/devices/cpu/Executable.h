// A program as a list of function calls.
#ifndef VAE_RUNTIME_DEVICES_CPU_EXECUTABLE_H
#define VAE_RUNTIME_DEVICES_CPU_EXECUTABLE_H

#include "runtime/Package.h"
#include "runtime/devices/Device.h"
#include "runtime/devices/cpu/LoadedLibrary.h"
#include "runtime/devices/cpu/Threads.h"

#include <map>

namespace vae::runtime::cpu {

/// Functions of a package's library for one target.
class CpuKernels final : public DeviceKernels {
public:
  /// Looks the kernels up in `library`; invalidFile names a symbol that is missing.
  static Result<std::shared_ptr<DeviceKernels>> create(std::shared_ptr<const Package> package, std::string target,
                                                       std::shared_ptr<LoadedLibrary> library,
                                                       std::span<const uint32_t> kernels);

  const KernelCode *code(uint32_t kernel) const override;
  const char *target() const override { return targetName.c_str(); }
  vae_kernel_fn function(uint32_t kernel) const { return entries.at(kernel).function; }

private:
  struct Entry {
    const KernelCode *code;
    vae_kernel_fn function;
  };
  std::shared_ptr<const Package> package;
  std::string targetName;
  std::shared_ptr<LoadedLibrary> library;
  std::map<uint32_t, Entry> entries;
};

/// Scratch memory of all threads; shared by executables, as loops run one after the other only within a session.
class CpuExecutable final : public Executable {
public:
  static Result<std::unique_ptr<Executable>> create(std::shared_ptr<DeviceKernels> kernels, const BoundProgram &program,
                                                    std::shared_ptr<Threads> threads, Allocator &allocator);

  Status run(std::span<const Upload> uploads, std::span<const Download> downloads,
             std::vector<DispatchTime> *times) override;

private:
  struct Range {
    std::byte *data;
    uint64_t bytes;
  };
  struct Call {
    uint32_t command;
    BoundCommand::Kind kind;
    vae_kernel_fn function;
    std::vector<void *> buffers;
    std::vector<int64_t> sizes;
    int64_t blocks;
    bool needsScratch;
    Range source, destination;
    uint32_t word;
  };
  Call makeCall(uint32_t index, const BoundCommand &command, const CpuKernels &kernels) const;
  void perform(const Call &call);

  std::shared_ptr<DeviceKernels> kernels;
  std::shared_ptr<Threads> threads;
  std::vector<Range> ranges; ///< by buffer
  std::vector<Call> calls;   ///< without barriers: each call ends before the next begins
  HostBuffer scratch;
  uint64_t scratchStride = 0;
};

} // namespace vae::runtime::cpu

#endif // VAE_RUNTIME_DEVICES_CPU_EXECUTABLE_H
