// Running a program on the host.
#include "runtime/devices/cpu/Executable.h"
#include "runtime/Checked.h"
#include "runtime/devices/HostMemory.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace vae::runtime::cpu {

/// Seconds of a steady clock.
static double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Result<std::shared_ptr<DeviceKernels>> CpuKernels::create(std::shared_ptr<const Package> package, std::string target,
                                                          std::shared_ptr<LoadedLibrary> library,
                                                          std::span<const uint32_t> kernels) {
  auto loaded = std::make_shared<CpuKernels>();
  for (uint32_t index : kernels) {
    const Kernel &kernel = package->kernels()[index];
    const KernelCode *code = kernel.codeFor(target);
    if (!code)
      return fail(StatusCode::unsupported, "kernel '", kernel.name, "' has no code for ", target);
    void *symbol = library->symbol(code->symbol);
    if (!symbol)
      return fail(StatusCode::invalidFile, "the library for ", target, " has no symbol '", code->symbol,
                  "' of kernel '", kernel.name, "'");
    loaded->entries[index] = {code, reinterpret_cast<vae_kernel_fn>(symbol)};
  }
  loaded->package = std::move(package);
  loaded->targetName = std::move(target);
  loaded->library = std::move(library);
  return std::shared_ptr<DeviceKernels>(std::move(loaded));
}

const KernelCode *CpuKernels::code(uint32_t kernel) const {
  auto found = entries.find(kernel);
  return found == entries.end() ? nullptr : found->second.code;
}

/// Stretches of blocks that a thread takes from a call: enough of them to even out threads of different speed.
static constexpr int64_t stretchesPerThread = 8;

/// Waking threads and waiting for the last of them takes longer than a few dozen microseconds of work, far longer on a
/// busy machine.
static bool isWorthThreads(const BoundProgram &program) {
  constexpr double leastWork = 4e6; // floating-point operations and bytes, some 30 us
  double work = 0;
  bool divisible = false;
  for (const BoundCommand &command : program.commands) {
    work += command.dispatch.flops;
    divisible |= command.dispatch.grid[0] > 1;
    for (uint32_t buffer : command.dispatch.buffers)
      work += static_cast<double>(program.buffers[buffer].size);
  }
  return divisible && work >= leastWork;
}

Result<std::unique_ptr<Executable>> CpuExecutable::create(std::shared_ptr<DeviceKernels> kernels,
                                                          const BoundProgram &program, std::shared_ptr<Threads> threads,
                                                          Allocator &allocator) {
  auto executable = std::make_unique<CpuExecutable>();
  executable->threads = std::move(threads);
  for (const BoundBuffer &buffer : program.buffers)
    executable->ranges.push_back({static_cast<HostMemory *>(buffer.memory)->data() + buffer.offset, buffer.size});
  uint32_t phase = 0;
  for (uint32_t i = 0; i < program.commands.size(); ++i) {
    const BoundCommand &command = program.commands[i];
    if (command.kind == BoundCommand::Kind::barrier)
      ++phase;
    else
      executable->calls.push_back(executable->makeCall(i, phase, command, static_cast<CpuKernels &>(*kernels)));
  }
  executable->parallel = isWorthThreads(program);
  VAE_RETURN_IF_ERROR(executable->makeScratch(program, allocator));
  size_t count = executable->calls.size();
  executable->taken = std::vector<Counter>(count);
  executable->missing = std::vector<Counter>(std::max<size_t>(count, phase + 1));
  executable->phaseOfCall.resize(count);
  executable->endTimes.resize(count);
  executable->kernels = std::move(kernels);
  return std::unique_ptr<Executable>(std::move(executable));
}

CpuExecutable::Call CpuExecutable::makeCall(uint32_t index, uint32_t phase, const BoundCommand &command,
                                            const CpuKernels &kernels) const {
  Call call;
  call.command = index;
  call.phase = phase;
  call.kind = command.kind;
  if (command.kind == BoundCommand::Kind::dispatch) {
    call.function = kernels.function(command.dispatch.kernel);
    for (uint32_t buffer : command.dispatch.buffers)
      call.buffers.push_back(ranges[buffer].data);
    call.sizes = command.dispatch.sizes;
    call.blocks = command.dispatch.grid[0];
    call.stretch = std::max<int64_t>(1, call.blocks / (threads->count() * stretchesPerThread));
    return call;
  }
  call.destination = ranges[command.destination];
  if (command.kind == BoundCommand::Kind::copy)
    call.source = ranges[command.source];
  call.word = command.word;
  return call;
}

/// One stretch of scratch memory a slot, as much as the neediest call asks for. A stride of whole pages keeps threads
/// off each other's cache lines.
Status CpuExecutable::makeScratch(const BoundProgram &program, Allocator &allocator) {
  constexpr uint64_t page = 4096;
  uint64_t most = 0;
  for (const BoundCommand &command : program.commands)
    most = std::max(most, command.dispatch.scratchBytes);
  std::optional<uint64_t> stride = checkedAlign<uint64_t>(most, page);
  std::optional<uint64_t> total = stride ? checkedMul<uint64_t>(*stride, threads->count()) : std::nullopt;
  if (!total)
    return fail(StatusCode::outOfMemory, "scratch memory of ", most, " bytes a thread overflows");
  VAE_ASSIGN_OR_RETURN(scratch, HostBuffer::allocate(*total, page, allocator));
  scratchStride = *stride;
  return {};
}

void CpuExecutable::perform(const Call &call, int64_t begin, int64_t end, void *scratchMemory) const {
  if (call.kind == BoundCommand::Kind::copy) {
    std::memcpy(call.destination.data, call.source.data, call.destination.bytes);
  } else if (call.kind == BoundCommand::Kind::fill) {
    uint32_t *words = reinterpret_cast<uint32_t *>(call.destination.data);
    std::fill_n(words, call.destination.bytes / sizeof(uint32_t), call.word);
  } else {
    vae_kernel_args args{call.buffers.data(), call.sizes.data()};
    call.function(&args, begin, end, scratchMemory);
  }
}

void CpuExecutable::startPhases(bool profile) {
  for (Counter &counter : missing)
    counter.value.store(0, std::memory_order_relaxed);
  for (size_t i = 0; i < calls.size(); ++i) {
    phaseOfCall[i] = profile ? static_cast<uint32_t>(i) : calls[i].phase;
    taken[i].value.store(0, std::memory_order_relaxed);
    missing[phaseOfCall[i]].value.fetch_add(calls[i].blocks, std::memory_order_relaxed);
  }
}

/// Spins for a few microseconds, then lets other threads of a busy machine run.
void CpuExecutable::waitFor(size_t phase) const {
  constexpr int spins = 4000;
  for (int i = 0; missing[phase].value.load(std::memory_order_acquire) != 0; ++i) {
    if (i >= spins)
      std::this_thread::yield();
#if defined(__x86_64__)
    else
      __builtin_ia32_pause();
#endif
  }
}

void CpuExecutable::walk(size_t slot) {
  handover.load(std::memory_order_acquire);
  void *scratchMemory = scratch.size() ? scratch.data() + slot * scratchStride : nullptr;
  for (size_t i = 0; i < calls.size(); ++i) {
    const Call &call = calls[i];
    if (i > 0 && phaseOfCall[i] != phaseOfCall[i - 1])
      waitFor(phaseOfCall[i - 1]);
    if (i > 0 && slot == 0)
      endTimes[i - 1] = now();
    for (;;) {
      int64_t begin = taken[i].value.fetch_add(call.stretch, std::memory_order_relaxed);
      if (begin >= call.blocks)
        break;
      int64_t end = std::min(begin + call.stretch, call.blocks);
      perform(call, begin, end, scratchMemory);
      missing[phaseOfCall[i]].value.fetch_sub(end - begin, std::memory_order_release);
    }
  }
  if (!calls.empty())
    waitFor(phaseOfCall.back());
  if (!calls.empty() && slot == 0)
    endTimes.back() = now();
  handover.fetch_add(1, std::memory_order_release);
}

Status CpuExecutable::run(std::span<const Upload> uploads, std::span<const Download> downloads,
                          std::vector<DispatchTime> *times) {
  for (const Upload &upload : uploads)
    std::memcpy(ranges[upload.buffer].data, upload.source, upload.bytes);
  startPhases(times != nullptr);
  double begin = now();
  handover.fetch_add(1, std::memory_order_release);
  if (parallel)
    threads->runAll([](void *self, size_t slot) { static_cast<CpuExecutable *>(self)->walk(slot); }, this);
  else
    walk(0);
  handover.load(std::memory_order_acquire);
  for (size_t i = 0; times && i < calls.size(); ++i) {
    if (calls[i].kind == BoundCommand::Kind::dispatch)
      times->push_back({calls[i].command, endTimes[i] - (i ? endTimes[i - 1] : begin)});
  }
  for (const Download &download : downloads)
    std::memcpy(download.destination, ranges[download.buffer].data, download.bytes);
  return {};
}

} // namespace vae::runtime::cpu
