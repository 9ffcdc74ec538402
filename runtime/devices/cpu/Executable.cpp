// Running a program on the host.
#include "runtime/devices/cpu/Executable.h"
#include "runtime/Checked.h"
#include "runtime/devices/HostMemory.h"

#include <algorithm>
#include <chrono>

namespace vae::runtime::cpu {

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
      return fail(StatusCode::invalidFile, "the library for ", target, " has no symbol '", code->symbol, "' of kernel '",
                  kernel.name, "'");
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

Result<std::unique_ptr<Executable>> CpuExecutable::create(std::shared_ptr<DeviceKernels> kernels,
                                                          const BoundProgram &program, std::shared_ptr<Threads> threads,
                                                          Allocator &allocator) {
  auto executable = std::make_unique<CpuExecutable>();
  for (const BoundBuffer &buffer : program.buffers)
    executable->ranges.push_back({static_cast<HostMemory *>(buffer.memory)->data() + buffer.offset, buffer.size});
  uint64_t most = 0;
  for (uint32_t i = 0; i < program.commands.size(); ++i) {
    const BoundCommand &command = program.commands[i];
    if (command.kind == BoundCommand::Kind::barrier)
      continue;
    executable->calls.push_back(executable->makeCall(i, command, static_cast<CpuKernels &>(*kernels)));
    most = std::max(most, command.dispatch.scratchBytes);
  }
  // A stride of whole pages keeps threads off each other's cache lines.
  std::optional<uint64_t> stride = checkedAlign<uint64_t>(most, 4096);
  std::optional<uint64_t> total = stride ? checkedMul<uint64_t>(*stride, threads->count()) : std::nullopt;
  if (!total)
    return fail(StatusCode::outOfMemory, "scratch memory of ", most, " bytes a thread overflows");
  VAE_ASSIGN_OR_RETURN(executable->scratch, HostBuffer::allocate(*total, 4096, allocator));
  executable->scratchStride = *stride;
  executable->kernels = std::move(kernels);
  executable->threads = std::move(threads);
  return std::unique_ptr<Executable>(std::move(executable));
}

CpuExecutable::Call CpuExecutable::makeCall(uint32_t index, const BoundCommand &command,
                                            const CpuKernels &kernels) const {
  Call call{};
  call.command = index;
  call.kind = command.kind;
  if (command.kind == BoundCommand::Kind::dispatch) {
    call.function = kernels.function(command.dispatch.kernel);
    for (uint32_t buffer : command.dispatch.buffers)
      call.buffers.push_back(ranges[buffer].data);
    call.sizes = command.dispatch.sizes;
    call.blocks = command.dispatch.grid[0];
    call.needsScratch = command.dispatch.scratchBytes > 0;
    return call;
  }
  call.destination = ranges[command.destination];
  if (command.kind == BoundCommand::Kind::copy)
    call.source = ranges[command.source];
  call.word = command.word;
  return call;
}

void CpuExecutable::perform(const Call &call) {
  if (call.kind == BoundCommand::Kind::copy) {
    std::memcpy(call.destination.data, call.source.data, call.destination.bytes);
  } else if (call.kind == BoundCommand::Kind::fill) {
    uint32_t *words = reinterpret_cast<uint32_t *>(call.destination.data);
    std::fill_n(words, call.destination.bytes / sizeof(uint32_t), call.word);
  } else {
    vae_kernel_args args{call.buffers.data(), call.sizes.data()};
    threads->run(call.function, args, call.blocks, call.needsScratch ? scratch.data() : nullptr, scratchStride);
  }
}

Status CpuExecutable::run(std::span<const Upload> uploads, std::span<const Download> downloads,
                          std::vector<DispatchTime> *times) {
  using Clock = std::chrono::steady_clock;
  for (const Upload &upload : uploads)
    std::memcpy(ranges[upload.buffer].data, upload.source, upload.bytes);
  for (const Call &call : calls) {
    Clock::time_point begin = times ? Clock::now() : Clock::time_point();
    perform(call);
    if (times && call.kind == BoundCommand::Kind::dispatch)
      times->push_back({call.command, std::chrono::duration<double>(Clock::now() - begin).count()});
  }
  for (const Download &download : downloads)
    std::memcpy(download.destination, ranges[download.buffer].data, download.bytes);
  return {};
}

} // namespace vae::runtime::cpu
