// Running a program on the host.
#include "runtime/devices/cpu/Executable.h"
#include "runtime/base/Checked.h"
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
    const KernelCode *code = kernel.codeFor(target, CodeKind::native);
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

/// Floating-point operations and bytes of one stretch: so many that a run which is cancelled ends within a second.
static constexpr double mostStretchWork = 3e8;

/// Waking threads and waiting for the last of them takes longer than a few dozen microseconds of work, far longer on a
/// busy machine. In a loop of small turns, where threads meet again and again, there must be some work for them each
/// time too.
static bool isWorthThreads(const BoundProgram &program) {
  constexpr double leastWork = 4e6;      // floating-point operations and bytes, some 30 us
  constexpr double leastPhaseWork = 5e4; // of one phase in a loop
  double work = 0, meetings = 1;
  bool divisible = false, loops = false;
  const std::vector<int64_t> runs = countRuns(program.commands);
  for (size_t i = 0; i < program.commands.size(); ++i) {
    const BoundCommand &command = program.commands[i];
    double once = command.dispatch.flops;
    for (uint32_t buffer : command.dispatch.buffers)
      once += static_cast<double>(program.buffers[buffer].size);
    work += once * static_cast<double>(runs[i]);
    divisible |= command.dispatch.grid[0] > 1;
    loops |= command.kind == BoundCommand::Kind::repeat;
    if (command.kind == BoundCommand::Kind::barrier || command.kind == BoundCommand::Kind::repeat)
      meetings += static_cast<double>(runs[i]) * static_cast<double>(std::max<int64_t>(1, command.turns));
  }
  return divisible && work >= leastWork && (!loops || work >= meetings * leastPhaseWork);
}

Result<std::unique_ptr<Executable>> CpuExecutable::create(std::shared_ptr<DeviceKernels> kernels,
                                                          const BoundProgram &program, std::shared_ptr<Threads> threads,
                                                          Allocator &allocator) {
  auto executable = std::make_unique<CpuExecutable>();
  executable->threads = std::move(threads);
  for (const BoundBuffer &buffer : program.buffers)
    executable->ranges.push_back({static_cast<HostMemory *>(buffer.memory)->data() + buffer.offset, buffer.size});
  executable->makeNodes(program, 0, program.commands.size(), static_cast<CpuKernels &>(*kernels));
  executable->parallel = isWorthThreads(program);
  VAE_RETURN_IF_ERROR(executable->checkWork(program));
  VAE_RETURN_IF_ERROR(executable->makeScratch(program, allocator));
  size_t count = executable->calls.size();
  size_t phases = count == 0 ? 0 : executable->calls.back().phase + 1;
  executable->taken = std::vector<Counter>(count);
  executable->done = std::vector<Counter>(std::max(count, phases));
  executable->phaseBlocks.resize(std::max(count, phases));
  executable->phaseOfCall.resize(count);
  executable->seconds.resize(count);
  executable->kernels = std::move(kernels);
  return std::unique_ptr<Executable>(std::move(executable));
}

/// Calls and loops of commands [begin, end). Loops without calls are left out.
void CpuExecutable::makeNodes(const BoundProgram &program, size_t begin, size_t end, const CpuKernels &kernels) {
  for (size_t i = begin; i < end; ++i) {
    const BoundCommand &command = program.commands[i];
    if (command.kind == BoundCommand::Kind::barrier) {
      ++phaseCount;
    } else if (command.kind == BoundCommand::Kind::repeat) {
      ++phaseCount;
      size_t loop = nodes.size();
      nodes.push_back({0, command.turns, 0});
      if (command.turns > 0)
        makeNodes(program, i + 1, i + 1 + command.length, kernels);
      nodes[loop].length = static_cast<uint32_t>(nodes.size() - loop - 1);
      if (nodes[loop].length == 0)
        nodes.pop_back();
      i += command.length;
      ++phaseCount;
    } else {
      nodes.push_back({static_cast<uint32_t>(calls.size()), 0, 0});
      calls.push_back(makeCall(static_cast<uint32_t>(i), command, kernels));
      calls.back().phase = phaseCount;
    }
  }
}

/// Counters over the blocks of all turns must not overflow.
Status CpuExecutable::checkWork(const BoundProgram &program) const {
  const std::vector<int64_t> runs = countRuns(program.commands);
  int64_t all = 0;
  for (const Call &call : calls) {
    std::optional<int64_t> blocks = checkedMul(call.blocks, runs[call.command]);
    std::optional<int64_t> sum = blocks ? checkedAdd(all, *blocks) : std::nullopt;
    if (!sum)
      return fail(StatusCode::invalidArgument, "'", program.name, "' has more blocks than can be counted");
    all = *sum;
  }
  return {};
}

CpuExecutable::Call CpuExecutable::makeCall(uint32_t index, const BoundCommand &command,
                                            const CpuKernels &kernels) const {
  Call call;
  call.command = index;
  call.commits = command.commits;
  call.kind = command.kind;
  if (command.kind == BoundCommand::Kind::dispatch) {
    call.function = kernels.function(command.dispatch.kernel);
    for (uint32_t buffer : command.dispatch.buffers)
      call.buffers.push_back(ranges[buffer].data);
    call.sizes = command.dispatch.sizes;
    call.blocks = command.dispatch.grid[0];
    double work = command.dispatch.flops;
    for (uint32_t buffer : command.dispatch.buffers)
      work += static_cast<double>(ranges[buffer].bytes);
    const int64_t least = static_cast<int64_t>(std::min(work / mostStretchWork, 1e9));
    call.stretch = std::max<int64_t>(1, call.blocks / std::max(threads->count() * stretchesPerThread, least));
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

void CpuExecutable::startPhases() {
  stage.store(Stage::free, std::memory_order_relaxed);
  for (Counter &counter : done)
    counter.value.store(0, std::memory_order_relaxed);
  std::fill(phaseBlocks.begin(), phaseBlocks.end(), 0);
  std::fill(seconds.begin(), seconds.end(), 0);
  for (size_t i = 0; i < calls.size(); ++i) {
    phaseOfCall[i] = control->times ? static_cast<uint32_t>(i) : calls[i].phase;
    taken[i].value.store(0, std::memory_order_relaxed);
    phaseBlocks[phaseOfCall[i]] += calls[i].blocks;
  }
}

/// Waits until the phase of the walker's last call is done in that turn; false where the run was stopped. Spins for a
/// few microseconds, then lets other threads of a busy machine run.
bool CpuExecutable::finish(Walker &walker) {
  constexpr int spins = 4000;
  if (!walker.last)
    return true;
  const size_t call = static_cast<size_t>(walker.last - calls.data());
  const uint32_t phase = phaseOfCall[call];
  const int64_t wanted = (walker.turn + 1) * phaseBlocks[phase];
  for (int i = 0; done[phase].value.load(std::memory_order_acquire) < wanted; ++i) {
    if (i % spins == 0 && isStopped(walker))
      return false;
    if (i >= spins)
      std::this_thread::yield();
#if defined(__x86_64__)
    else
      __builtin_ia32_pause();
#endif
  }
  if (control->times && walker.slot == 0)
    addTime(walker, call);
  return true;
}

void CpuExecutable::addTime(Walker &walker, size_t call) {
  const double end = now(), start = std::exchange(walker.since, end);
  seconds[call] += end - start;
  if (calls[call].kind == BoundCommand::Kind::dispatch)
    control->addSpan({calls[call].command, start - walker.begin, end - start});
}

/// Whether the run was stopped; the caller's thread asks for that.
bool CpuExecutable::isStopped(const Walker &walker) {
  Stage now = stage.load(std::memory_order_relaxed);
  if (walker.slot == 0 && now == Stage::free && control->isCancelled())
    stage.compare_exchange_strong(now, Stage::stopped);
  return stage.load(std::memory_order_relaxed) == Stage::stopped;
}

/// Nothing stops the run from here on; false where something has.
bool CpuExecutable::commit() {
  Stage now = Stage::free;
  return stage.compare_exchange_strong(now, Stage::committed) || now == Stage::committed;
}

/// Takes blocks of the call's turn until none are left. All blocks of earlier turns have been taken, those of later
/// ones may be, where this thread is late.
void CpuExecutable::takeBlocks(const Walker &walker, const Call &call, std::atomic<int64_t> &counter, int64_t turn) {
  const int64_t first = turn * call.blocks, behind = first + call.blocks;
  int64_t at = counter.load(std::memory_order_relaxed);
  while (at < behind && !isStopped(walker)) {
    const int64_t end = std::min(at + call.stretch, behind);
    if (!counter.compare_exchange_weak(at, end, std::memory_order_relaxed))
      continue;
    perform(call, at - first, end - first, walker.scratch);
    done[phaseOfCall[static_cast<size_t>(&call - calls.data())]].value.fetch_add(end - at, std::memory_order_release);
    at = counter.load(std::memory_order_relaxed);
  }
}

bool CpuExecutable::walkCall(Walker &walker, size_t index, int64_t turn) {
  const Call &call = calls[index];
  bool samePhase = walker.last && phaseOfCall[static_cast<size_t>(walker.last - calls.data())] == phaseOfCall[index] &&
                   walker.turn == turn;
  if (!samePhase && !finish(walker))
    return false;
  if (call.commits && !control->anywhere && !commit())
    return false;
  walker.last = &call;
  walker.turn = turn;
  takeBlocks(walker, call, taken[index].value, turn);
  return true;
}

bool CpuExecutable::walkLoop(Walker &walker, size_t index, int64_t turn) {
  const Node &loop = nodes[index];
  for (int64_t i = 0; i < loop.turns; ++i) {
    if (isStopped(walker) || !walkNodes(walker, index + 1, index + 1 + loop.length, turn * loop.turns + i))
      return false;
  }
  return true;
}

/// `turn` counts through all loops around the nodes. False where the run was stopped.
bool CpuExecutable::walkNodes(Walker &walker, size_t begin, size_t end, int64_t turn) {
  for (size_t i = begin; i < end; i += 1 + nodes[i].length)
    if (!(nodes[i].length ? walkLoop(walker, i, turn) : walkCall(walker, nodes[i].call, turn)))
      return false;
  return true;
}

void CpuExecutable::walk(size_t slot) {
  handover.load(std::memory_order_acquire);
  Walker walker;
  walker.slot = slot;
  walker.scratch = scratch.size() ? scratch.data() + slot * scratchStride : nullptr;
  walker.begin = walker.since = control->times && slot == 0 ? now() : 0;
  if (walkNodes(walker, 0, nodes.size(), 0))
    finish(walker);
  handover.fetch_add(1, std::memory_order_release);
}

Status CpuExecutable::run(std::span<const Upload> uploads, std::span<const Download> downloads,
                          const RunControl &runControl) {
  control = &runControl;
  for (const Upload &upload : uploads)
    std::memcpy(ranges[upload.buffer].data, upload.source, upload.bytes);
  startPhases();
  handover.fetch_add(1, std::memory_order_release);
  if (parallel)
    threads->runAll([](void *self, size_t slot) { static_cast<CpuExecutable *>(self)->walk(slot); }, this);
  else
    walk(0);
  handover.load(std::memory_order_acquire);
  if (stage.load(std::memory_order_relaxed) == Stage::stopped)
    return cancelledRun();
  for (size_t i = 0; control->times && i < calls.size(); ++i)
    if (calls[i].kind == BoundCommand::Kind::dispatch)
      control->times->push_back({calls[i].command, seconds[i]});
  for (const Download &download : downloads)
    std::memcpy(download.destination, ranges[download.buffer].data, download.bytes);
  return {};
}

} // namespace vae::runtime::cpu
