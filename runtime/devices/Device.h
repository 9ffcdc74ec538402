// What a device is to the runtime: memory, loaded kernels, recorded programs. One implementation per folder beside this
// file.
//
// A session binds a program once for given sizes (every buffer placed, every size and grid evaluated), the device
// records it once, and it runs many times. Between runs only memory contents change: inputs, scalars and random state
// are uploaded before a run, outputs downloaded after it; weights and states stay where they are.
//
// To add a device: copy devices/null/, implement top to bottom, name it in devices/Devices.cpp, run
// tests/runtime/conformance.
#ifndef VAE_RUNTIME_DEVICES_DEVICE_H
#define VAE_RUNTIME_DEVICES_DEVICE_H

#include "runtime/base/Memory.h"
#include "runtime/devices/BoundProgram.h"

#include <functional>
#include <limits>
#include <memory>
#include <span>

namespace vae::runtime {

class Package;
struct KernelCode;

/// What the planner must respect. All in bytes. A session checks them before it allocates, so a device may rely on
/// them.
struct DeviceLimits {
  uint64_t maxAllocation = std::numeric_limits<uint64_t>::max();   ///< largest single `allocate`
  uint64_t maxStorageRange = std::numeric_limits<uint64_t>::max(); ///< largest single buffer of a program
  uint64_t alignment =
      256; ///< of every buffer's offset within its memory; at least VAE_BUFFER_ALIGNMENT, a power of two
  uint64_t windowAlignment = 64; ///< of a stretch of a tensor that is bound on its own: what kernels rely on, or more
  std::array<int64_t, 3> maxGrid = {std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::max(),
                                    std::numeric_limits<int64_t>::max()}; ///< largest dispatch along each axis
  uint32_t maxBindings = std::numeric_limits<uint32_t>::max();            ///< most buffers of one dispatch
  uint32_t maxSizes = std::numeric_limits<uint32_t>::max();               ///< most run-time sizes of one dispatch
};

/// What memory is for: a hint for the choice of a heap.
enum class MemoryPurpose {
  arena,     ///< transients, inputs, outputs, scalars, random state of programs
  variables, ///< parameters and states; read and written by programs, rarely by the host
  constants, ///< uploaded once, only read afterwards
};

/// One allocation on a device. Destroying it frees it; the session keeps it alive as long as an executable refers to
/// it.
class DeviceMemory {
public:
  explicit DeviceMemory(uint64_t size) : byteSize(size) {}
  virtual ~DeviceMemory() = default;
  DeviceMemory(const DeviceMemory &) = delete;
  DeviceMemory &operator=(const DeviceMemory &) = delete;

  uint64_t size() const { return byteSize; }

  /// Copies `bytes` host bytes to `offset`; complete, and visible to later runs, when it returns. The range has been
  /// checked.
  virtual Status upload(uint64_t offset, const void *source, uint64_t bytes) = 0;

  /// Copies `bytes` from `offset` to the host, after all earlier runs. The range has been checked.
  virtual Status download(uint64_t offset, void *destination, uint64_t bytes) = 0;

private:
  uint64_t byteSize;
};

/// Time of one dispatch of a run.
struct DispatchTime {
  uint32_t command = 0; ///< index into BoundProgram::commands
  double seconds = 0;   ///< of all its turns together
};

/// One turn of a dispatch of a run.
struct DispatchSpan {
  uint32_t command = 0; ///< index into BoundProgram::commands
  double start = 0;     ///< seconds from the start of the run's first command
  double seconds = 0;
};

/// What a run is asked for beside its data.
struct RunControl {
  std::vector<DispatchTime> *times = nullptr; ///< filled where not null: an entry a dispatch, in command order
  /// Filled where not null, with `times` alone, in the order of time and up to its capacity: who times allocates nothing.
  std::vector<DispatchSpan> *spans = nullptr;
  /// Asked now and then, by one thread at a time, until the first command that `commits` begins; the run ends early with
  /// `cancelled` once it is true.
  std::function<bool()> cancelled{};
  bool anywhere = false; ///< ask to the end: what commits may be left half done

  bool isCancelled() const { return cancelled && cancelled(); }
  void addSpan(const DispatchSpan &span) const {
    if (spans && spans->size() < spans->capacity())
      spans->push_back(span);
  }
};

/// The status of a run that was cancelled.
inline Status cancelledRun() { return fail(StatusCode::cancelled, "stopped on request"); }

/// Host data for a buffer, copied before the first command of a run.
struct Upload {
  uint32_t buffer = 0; ///< index into BoundProgram::buffers
  const void *source = nullptr;
  uint64_t bytes = 0; ///< from the start of the buffer; at most its size
};

/// A buffer's contents, copied to the host after the last command of a run.
struct Download {
  uint32_t buffer = 0;
  void *destination = nullptr;
  uint64_t bytes = 0;
};

/// A recorded program. Only one thread uses it at a time. Holds its DeviceKernels; does not own the memories it refers
/// to.
class Executable {
public:
  virtual ~Executable() = default;

  /// Uploads, runs all commands, downloads; returns when all of it is done. The host pointers are used only during the
  /// call. With `control.times` it may run slower. After an error contents are undefined; after `cancelled` only those
  /// of buffers that do not outlive the run.
  virtual Status run(std::span<const Upload> uploads, std::span<const Download> downloads,
                     const RunControl &control) = 0;
};

/// The kernels of one package, ready on one device (libraries opened, pipelines made and warmed up). Shared by all
/// executables of a session; safe to use from several threads.
class DeviceKernels {
public:
  virtual ~DeviceKernels() = default;

  /// The code that this device chose for a loaded kernel, whose grid formulas the session evaluates; null where it was
  /// not loaded.
  virtual const KernelCode *code(uint32_t kernel) const = 0;

  /// The target that was chosen ("x86-64-v4", "vulkan"), for `info` and messages.
  virtual const char *target() const = 0;
};

/// The most that a device does in a second, for comparison; 0 where it is not known.
struct DevicePeak {
  double flops = 0; ///< floating-point operations, of fused multiply-adds in registers
  double bytes = 0; ///< read and written by a copy too large for the caches
};

/// A device. Safe to use from several threads. Outlives everything made from it (the runtime holds it by shared_ptr).
class Device {
public:
  virtual ~Device() = default;

  /// What a user types: "cpu", "vulkan", "vulkan:1", "null".
  virtual const std::string &name() const = 0;

  /// What it is: "AMD EPYC 9354, 2 threads, x86-64-v4", "llvmpipe (LLVM 15.0.6, 256 bits), Vulkan 1.3".
  virtual const std::string &description() const = 0;

  virtual const DeviceLimits &limits() const = 0;

  /// What the device was made with (DeviceOptions::allocator); sessions take their host memory from it too.
  virtual Allocator &allocator() const = 0;

  /// Allocates `bytes` (at least 1, at most maxAllocation), contents undefined, start aligned to
  /// DeviceLimits::alignment or better. Asks `allocator().permit(bytes)` first, so that tests can make it fail (a
  /// device whose memory is the host's takes it from the allocator instead). outOfMemory names the size.
  virtual Result<std::unique_ptr<DeviceMemory>> allocate(uint64_t bytes, MemoryPurpose purpose) = 0;

  /// Loads the kernels `kernels` (indices into Package::kernels(), no duplicates) for the best target that the package
  /// has for this device. unsupported where it has none, naming what it has. The package stays alive as long as the
  /// result (shared_ptr).
  virtual Result<std::shared_ptr<DeviceKernels>> loadKernels(std::shared_ptr<const Package> package,
                                                             std::span<const uint32_t> kernels) = 0;

  /// Records a program. Every index in it has been checked. The memories outlive the executable.
  virtual Result<std::unique_ptr<Executable>> compile(std::shared_ptr<DeviceKernels> kernels,
                                                      const BoundProgram &program) = 0;

  /// (optional, default: no limit known) Bytes that can still be allocated; the session refuses larger plans with a
  /// clear message.
  virtual uint64_t availableMemory() const { return std::numeric_limits<uint64_t>::max(); }

  /// (optional, default: unknown) Measures what the device reaches with all that it runs on, in some tenths of a second.
  virtual DevicePeak measurePeak() { return {}; }

  /// (optional, default: no) Whether its memory is the process's own, so that bringing a weight to it anew is no more
  /// than reading it.
  virtual bool sharesHostMemory() const { return false; }
};

/// What a caller may choose about a device. Everything has a default.
struct DeviceOptions {
  uint32_t threads = 0;  ///< CPU: worker threads, 0 = as many as the machine has processors
  std::string cpuTarget; ///< CPU: "x86-64-v3", "x86-64-v4"; empty = best, or environment VAE_CPU_TARGET
  bool debug = false;    ///< Vulkan: validation layers on, their messages are errors; exact bounds for each buffer
  Allocator *allocator =
      nullptr; ///< null = Allocator::standard(); must outlive the device and all that is made with it
  /// Told, a line a call and from any thread that uses the device, what its user may want to know though nothing failed.
  std::function<void(const std::string &)> note{};
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_DEVICES_DEVICE_H
