// Records a bound program once, and runs it many times.
#include "runtime/devices/vulkan/Executable.h"

#include "runtime/Checked.h"
#include "runtime/abi/kernel.h"
#include "runtime/devices/vulkan/Barriers.h"

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
    VAE_ASSIGN_OR_RETURN(BufferHandle own, context.makeView(memoryOf(i).deviceBuffer(), buffer.offset, buffer.size));
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
  VAE_ASSIGN_OR_RETURN(pool, context.makeCommandPool());
  VAE_ASSIGN_OR_RETURN(commands, context.makeCommandBuffer(pool));
  return record(commands, VK_NULL_HANDLE);
}

/// With `queries`, each dispatch runs alone between two timestamps.
void VulkanExecutable::recordCommand(VkCommandBuffer target, const BoundCommand &command, size_t &dispatch,
                                     VkQueryPool queries) {
  const VolkDeviceTable &table = context.table;
  switch (command.kind) {
  case BoundCommand::Kind::barrier:
    return recordBarrier(table, target);
  case BoundCommand::Kind::fill: {
    const VkDescriptorBufferInfo &to = buffers[command.destination];
    return table.vkCmdFillBuffer(target, to.buffer, to.offset, to.range, command.word);
  }
  case BoundCommand::Kind::copy: {
    const VkDescriptorBufferInfo &from = buffers[command.source];
    const VkDescriptorBufferInfo &to = buffers[command.destination];
    VkBufferCopy region = {from.offset, to.offset, to.range};
    return table.vkCmdCopyBuffer(target, from.buffer, to.buffer, 1, &region);
  }
  case BoundCommand::Kind::dispatch:
    break;
  }
  uint32_t query = static_cast<uint32_t>(2 * dispatch);
  if (queries) {
    recordBarrier(table, target);
    table.vkCmdWriteTimestamp(target, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries, query);
  }
  recordDispatch(context, target, dispatches[dispatch], sets[dispatch]);
  if (queries)
    table.vkCmdWriteTimestamp(target, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries, query + 1);
  ++dispatch;
}

Status VulkanExecutable::record(VkCommandBuffer target, VkQueryPool queries) {
  const VolkDeviceTable &table = context.table;
  auto beginInfo = structure<VkCommandBufferBeginInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO);
  VAE_RETURN_IF_ERROR(context.finish(table.vkBeginCommandBuffer(target, &beginInfo), "recording"));
  if (queries)
    table.vkCmdResetQueryPool(target, queries, 0, static_cast<uint32_t>(2 * dispatches.size()));
  recordBarrier(table, target);
  size_t dispatch = 0;
  for (const BoundCommand &command : program.commands)
    recordCommand(target, command, dispatch, queries);
  recordHostBarrier(table, target);
  return context.finish(table.vkEndCommandBuffer(target), "recording");
}

Status VulkanExecutable::recordProfile() {
  if (profiled || dispatches.empty())
    return {};
  const PhysicalDevice &device = context.physical();
  if (device.timestampBits == 0)
    return fail(StatusCode::unsupported, device.properties.deviceName, " has no timestamps; nothing can be profiled");
  auto queryInfo = structure<VkQueryPoolCreateInfo>(VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO);
  queryInfo.queryType = VK_QUERY_TYPE_TIMESTAMP;
  queryInfo.queryCount = static_cast<uint32_t>(2 * dispatches.size());
  VkQueryPool raw = VK_NULL_HANDLE;
  VAE_RETURN_IF_ERROR(
      context.finish(context.table.vkCreateQueryPool(context.device, &queryInfo, nullptr, &raw), "making timestamps"));
  queries = QueryPoolHandle(context, raw);
  VAE_ASSIGN_OR_RETURN(VkCommandBuffer target, context.makeCommandBuffer(pool));
  VAE_RETURN_IF_ERROR(record(target, raw));
  profiled = target;
  return {};
}

Status VulkanExecutable::readTimes(std::vector<DispatchTime> &times) {
  if (dispatches.empty())
    return {};
  std::vector<uint64_t> stamps(2 * dispatches.size());
  VAE_RETURN_IF_ERROR(context.finish(
      context.table.vkGetQueryPoolResults(context.device, queries.get(), 0, static_cast<uint32_t>(stamps.size()),
                                          stamps.size() * sizeof(uint64_t), stamps.data(), sizeof(uint64_t),
                                          VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT),
      "reading timestamps"));
  uint32_t bits = context.physical().timestampBits;
  uint64_t mask = bits >= 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
  double period = context.physical().properties.limits.timestampPeriod * 1e-9;
  size_t dispatch = 0;
  for (uint32_t i = 0; i < program.commands.size(); ++i) {
    if (program.commands[i].kind != BoundCommand::Kind::dispatch)
      continue;
    // The mask makes a counter that wrapped round between the two give the right difference.
    uint64_t ticks = (stamps[2 * dispatch + 1] - stamps[2 * dispatch]) & mask;
    times.push_back({i, static_cast<double>(ticks) * period});
    ++dispatch;
  }
  return {};
}

HostCopy VulkanExecutable::copyOf(uint32_t buffer, const void *host, uint64_t bytes) const {
  auto *address = const_cast<std::byte *>(static_cast<const std::byte *>(host));
  return {memoryOf(buffer).deviceBuffer().buffer.get(), program.buffers[buffer].offset, address, bytes};
}

Status VulkanExecutable::submit(VkCommandBuffer target, std::span<const Upload> uploads,
                                std::span<const Download> downloads) {
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
  VAE_RETURN_IF_ERROR(staging->run(up, target, down, program.name));
  for (const Download &download : downloads)
    if (std::byte *mapped = memoryOf(download.buffer).mapped())
      std::memcpy(download.destination, mapped + program.buffers[download.buffer].offset, download.bytes);
  return {};
}

Status VulkanExecutable::run(std::span<const Upload> uploads, std::span<const Download> downloads,
                             std::vector<DispatchTime> *times) {
  VAE_RETURN_IF_ERROR(context.health());
  if (!times)
    return submit(commands, uploads, downloads);
  VAE_RETURN_IF_ERROR(recordProfile());
  VAE_RETURN_IF_ERROR(submit(profiled ? profiled : commands, uploads, downloads));
  return readTimes(*times);
}

} // namespace vae::runtime::vulkan
