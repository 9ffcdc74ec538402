// Records a bound program once, and runs it many times.
#include "runtime/devices/vulkan/programs/Executable.h"

#include "runtime/abi/kernel.h"
#include "runtime/base/Checked.h"

#include <algorithm>
#include <cstring>

namespace vae::runtime::vulkan {

Result<std::unique_ptr<VulkanExecutable>>
VulkanExecutable::create(Context &context, std::shared_ptr<VulkanKernels> kernels, const BoundProgram &program) {
  std::unique_ptr<VulkanExecutable> made(new VulkanExecutable(context, std::move(kernels), program));
  Status status = made->prepare();
  if (!status.ok())
    return status.withContext(concat("program '", program.name, "'"));
  return made;
}

const VulkanMemory &VulkanExecutable::memoryOf(uint32_t buffer) const {
  return *static_cast<const VulkanMemory *>(program.buffers[buffer].memory);
}

Status VulkanExecutable::checkBuffer(uint32_t index) const {
  const BoundBuffer &buffer = program.buffers[index];
  const VkPhysicalDeviceLimits &limits = context.physical().properties.limits;
  const char *deviceName = context.physical().properties.deviceName;
  if (buffer.size == 0 || !checkedRange(buffer.offset, buffer.size, buffer.memory->size()))
    return fail(StatusCode::internal, "buffer ", index, " (", buffer.size, " bytes at ", buffer.offset,
                ") lies outside its memory of ", buffer.memory->size(), " bytes");
  if (buffer.offset % limits.minStorageBufferOffsetAlignment)
    return fail(StatusCode::internal, "buffer ", index, " at offset ", buffer.offset, " is not aligned to the ",
                limits.minStorageBufferOffsetAlignment, " bytes of ", deviceName, " (minStorageBufferOffsetAlignment)");
  if (buffer.size > limits.maxStorageBufferRange)
    return fail(StatusCode::outOfMemory, "buffer ", index, " has ", buffer.size, " bytes; ", deviceName, " allows ",
                limits.maxStorageBufferRange, " (maxStorageBufferRange)");
  return {};
}

Status VulkanExecutable::makeBuffers() {
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    VAE_RETURN_IF_ERROR(checkBuffer(i));
    const BoundBuffer &buffer = program.buffers[i];
    if (!context.options().separateBuffers) {
      buffers.push_back({memoryOf(i).deviceBuffer().buffer.get(), buffer.offset, buffer.size});
      continue;
    }
    VAE_ASSIGN_OR_RETURN(BufferHandle own, makeView(context, memoryOf(i).deviceBuffer(), buffer.offset, buffer.size));
    buffers.push_back({own.get(), 0, buffer.size});
    ownBuffers.push_back(std::move(own));
  }
  return {};
}

Result<RecordedDispatch> VulkanExecutable::lower(const BoundDispatch &dispatch) const {
  const Pipeline *pipeline = kernels->pipeline(dispatch.kernel);
  const std::string &name = kernels->source().kernels()[dispatch.kernel].name;
  if (!pipeline)
    return fail(StatusCode::internal, "kernel '", name, "' was not loaded");
  if (dispatch.buffers.size() != pipeline->bindings || dispatch.sizes.size() != pipeline->words)
    return fail(StatusCode::internal, "kernel '", name, "' gets ", dispatch.buffers.size(), " buffers and ",
                dispatch.sizes.size(), " sizes; it takes ", pipeline->bindings, " and ", pipeline->words);
  RecordedDispatch lowered;
  lowered.pipeline = pipeline;
  for (uint32_t buffer : dispatch.buffers)
    lowered.buffers.push_back(buffers[buffer]);
  for (int64_t size : dispatch.sizes) {
    std::optional<int32_t> word = checkedNarrow<int32_t>(size);
    if (!word)
      return fail(StatusCode::unsupported, "kernel '", name, "': size ", size, " does not fit 32 bits");
    lowered.words.push_back(*word);
  }
  // Kernels stride by the number of groups, so fewer than the grid asks for do all of the work.
  const uint32_t *most = context.physical().properties.limits.maxComputeWorkGroupCount;
  for (int axis = 0; axis < 3; ++axis)
    lowered.groups[axis] = static_cast<uint32_t>(std::clamp<int64_t>(dispatch.grid[axis], 0, most[axis]));
  return lowered;
}

Status VulkanExecutable::prepare() {
  VAE_RETURN_IF_ERROR(context.health());
  VAE_RETURN_IF_ERROR(makeBuffers());
  for (const BoundCommand &command : program.commands) {
    if (command.kind != BoundCommand::Kind::dispatch)
      continue;
    VAE_ASSIGN_OR_RETURN(RecordedDispatch lowered, lower(command.dispatch));
    dispatches.push_back(std::move(lowered));
  }
  VAE_ASSIGN_OR_RETURN(sets, DescriptorSets::create(context, dispatches));
  VAE_ASSIGN_OR_RETURN(staging, Staging::create(context));
  VAE_ASSIGN_OR_RETURN(fence, context.makeFence());
  VAE_ASSIGN_OR_RETURN(recording, Recording::make(source(), /*timed=*/false));
  return {};
}

HostCopy VulkanExecutable::copyOf(uint32_t buffer, const void *host, uint64_t bytes) const {
  auto *address = const_cast<std::byte *>(static_cast<const std::byte *>(host));
  return {memoryOf(buffer).deviceBuffer().buffer.get(), program.buffers[buffer].offset, address, bytes};
}

/// A program of one submission goes in it together with the copies; one of several goes between them.
Status VulkanExecutable::runStaged(std::span<const HostCopy> up, Recording &which, std::span<const HostCopy> down,
                                   const RunControl &control) {
  if (control.isCancelled())
    return cancelledRun();
  if (VkCommandBuffer whole = which.whole())
    return staging->run(up, whole, down, program.name);
  VAE_RETURN_IF_ERROR(staging->run(up, VK_NULL_HANDLE, {}, program.name));
  VAE_RETURN_IF_ERROR(which.run(fence, control));
  return staging->run({}, VK_NULL_HANDLE, down, program.name);
}

Status VulkanExecutable::submit(Recording &which, std::span<const Upload> uploads, std::span<const Download> downloads,
                                const RunControl &control) {
  std::vector<HostCopy> up, down;
  for (const Upload &upload : uploads) {
    if (std::byte *mapped = memoryOf(upload.buffer).mapped())
      std::memcpy(mapped + program.buffers[upload.buffer].offset, upload.source, upload.bytes);
    else if (upload.bytes)
      up.push_back(copyOf(upload.buffer, upload.source, upload.bytes));
  }
  for (const Download &download : downloads)
    if (!memoryOf(download.buffer).mapped() && download.bytes)
      down.push_back(copyOf(download.buffer, download.destination, download.bytes));
  VAE_RETURN_IF_ERROR(runStaged(up, which, down, control));
  for (const Download &download : downloads)
    if (std::byte *mapped = memoryOf(download.buffer).mapped())
      std::memcpy(download.destination, mapped + program.buffers[download.buffer].offset, download.bytes);
  return {};
}

Status VulkanExecutable::run(std::span<const Upload> uploads, std::span<const Download> downloads,
                             const RunControl &control) {
  VAE_RETURN_IF_ERROR(context.health());
  if (!control.times)
    return submit(*recording, uploads, downloads, control);
  if (!timed) {
    VAE_ASSIGN_OR_RETURN(timed, Recording::make(source(), /*timed=*/true));
  }
  return submit(*timed, uploads, downloads, control);
}

} // namespace vae::runtime::vulkan
