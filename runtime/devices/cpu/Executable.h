// A program as a list of function calls.
#ifndef VAE_RUNTIME_DEVICES_CPU_EXECUTABLE_H
#define VAE_RUNTIME_DEVICES_CPU_EXECUTABLE_H

#include "runtime/abi/kernel.h"
#include "runtime/devices/Device.h"
#include "runtime/devices/cpu/LoadedLibrary.h"
#include "runtime/devices/cpu/Threads.h"
#include "runtime/package/Package.h"

#include <atomic>
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

/// Runs a program with all threads at once: each walks through all calls, takes blocks of a call until none are left,
/// and waits at a barrier only until the blocks before it are done. Nobody waits for a thread that has not come: on a
/// busy machine the others do its work. Which thread computes a block never matters to its result.
///
/// The counters of a call and of a phase go on from turn to turn of a loop, so nobody has to reset them: turn t of a
/// call of n blocks takes the numbers from t * n on, and is done when (t + 1) * n are.
class CpuExecutable final : public Executable {
public:
  static Result<std::unique_ptr<Executable>> create(std::shared_ptr<DeviceKernels> kernels, const BoundProgram &program,
                                                    std::shared_ptr<Threads> threads, Allocator &allocator);

  Status run(std::span<const Upload> uploads, std::span<const Download> downloads, const RunControl &control) override;

private:
  struct Range {
    std::byte *data = nullptr;
    uint64_t bytes = 0;
  };
  /// A dispatch, copy (of one block) or fill (of one block).
  struct Call {
    uint32_t command = 0;
    uint32_t phase = 0; ///< one of its own with a profile
    BoundCommand::Kind kind = BoundCommand::Kind::dispatch;
    vae_kernel_fn function = nullptr;
    std::vector<void *> buffers;
    std::vector<int64_t> sizes;
    int64_t blocks = 1;
    int64_t stretch = 1; ///< blocks that a thread takes at a time
    Range source, destination;
    uint32_t word = 0;
    bool commits = false;
  };
  /// Whether the run can be stopped: until a call that commits begins, and then no more (RunControl::anywhere: to the
  /// end).
  enum class Stage { free, committed, stopped };
  /// A call, or a loop around the nodes that follow it.
  struct Node {
    uint32_t call = 0;
    int64_t turns = 0;   ///< of a loop
    uint32_t length = 0; ///< of a loop: how many nodes after it are its body, at least one; 0: a call
  };
  /// Where a thread is.
  struct Walker {
    size_t slot = 0; ///< 0 is the caller's thread
    void *scratch = nullptr;
    const Call *last = nullptr; ///< the call before, and its turn
    int64_t turn = 0;
    double begin = 0; ///< of slot 0, with a profile: when the run began
    double since = 0; ///< and the last call
  };
  /// On a cache line of its own.
  struct alignas(64) Counter {
    std::atomic<int64_t> value{0};
  };

  Call makeCall(uint32_t index, const BoundCommand &command, const CpuKernels &kernels) const;
  void makeNodes(const BoundProgram &program, size_t begin, size_t end, const CpuKernels &kernels);
  Status checkWork(const BoundProgram &program) const;
  Status makeScratch(const BoundProgram &program, Allocator &allocator);
  void startPhases();
  void walk(size_t slot);
  bool walkNodes(Walker &walker, size_t begin, size_t end, int64_t turn);
  bool walkLoop(Walker &walker, size_t index, int64_t turn);
  bool walkCall(Walker &walker, size_t index, int64_t turn);
  void takeBlocks(const Walker &walker, const Call &call, std::atomic<int64_t> &taken, int64_t turn);
  bool isStopped(const Walker &walker);
  bool commit();
  void perform(const Call &call, int64_t begin, int64_t end, void *scratchMemory) const;
  bool finish(Walker &walker);
  void addTime(Walker &walker, size_t call);

  std::shared_ptr<DeviceKernels> kernels;
  std::shared_ptr<Threads> threads;
  std::vector<Range> ranges; ///< by buffer
  std::vector<Call> calls;   ///< in the order of the program
  std::vector<Node> nodes;   ///< calls and loops
  uint32_t phaseCount = 0;   ///< barriers so far, loops' ends too
  HostBuffer scratch;
  uint64_t scratchStride = 0;
  bool parallel = false; ///< worth waking the other threads

  // The run in progress. `handover` orders it against runs before and after (as the thread pool does, but in our own
  // words, which the thread sanitizer sees).
  std::atomic<uint32_t> handover{0};
  const RunControl *control = nullptr;
  std::atomic<Stage> stage{Stage::free};
  std::vector<Counter> taken;        ///< by call: blocks that a thread has begun, in all turns
  std::vector<Counter> done;         ///< by phase: blocks that are done, in all turns
  std::vector<int64_t> phaseBlocks;  ///< by phase: blocks of one turn
  std::vector<uint32_t> phaseOfCall; ///< with a profile, each call is a phase
  std::vector<double> seconds;       ///< with a profile, by call; written by slot 0
};

} // namespace vae::runtime::cpu

#endif // VAE_RUNTIME_DEVICES_CPU_EXECUTABLE_H
