// Copies between the host and device memory through one mapped buffer.
#include "runtime/devices/vulkan/memory/Staging.h"

#include "runtime/devices/vulkan/context/Barriers.h"

#include <algorithm>
#include <cstring>

namespace vae::runtime::vulkan {

/// Bytes that one round may copy: enough to reach the full speed of a bus, little beside the weights of a model.
static constexpr uint64_t bound = uint64_t(64) << 20;

static uint64_t totalBytes(std::span<const HostCopy> copies) {
  uint64_t total = 0;
  for (const HostCopy &copy : copies)
    total += copy.bytes;
  return total;
}

Result<Staging> Staging::create(Context &context) {
  Staging staging(context);
  VAE_ASSIGN_OR_RETURN(staging.pool, context.makeCommandPool());
  VAE_ASSIGN_OR_RETURN(staging.fence, context.makeFence());
  VAE_ASSIGN_OR_RETURN(staging.before, context.makeCommandBuffer(staging.pool));
  VAE_ASSIGN_OR_RETURN(staging.after, context.makeCommandBuffer(staging.pool));
  return staging;
}

Status Staging::reserve(uint64_t bytes) {
  if (bytes <= buffer.size)
    return {};
  uint64_t size = std::max<uint64_t>(4096, buffer.size);
  while (size < bytes)
    size *= 2;
  buffer = DeviceBuffer();
  VAE_ASSIGN_OR_RETURN(buffer, allocateBuffer(*context, size, Residence::staging));
  return {};
}

Status Staging::begin(VkCommandBuffer commands) {
  auto beginInfo = structure<VkCommandBufferBeginInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO);
  beginInfo.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  return context->finish(context->table.vkBeginCommandBuffer(commands, &beginInfo), "recording copies");
}

Status Staging::recordUploads(std::span<const HostCopy> copies) {
  VAE_RETURN_IF_ERROR(begin(before));
  recordBarrier(context->table, before);
  uint64_t at = 0;
  for (const HostCopy &copy : copies) {
    std::memcpy(buffer.mapped + at, copy.host, copy.bytes);
    VkBufferCopy region = {at, copy.offset, copy.bytes};
    context->table.vkCmdCopyBuffer(before, buffer.buffer.get(), copy.buffer, 1, &region);
    at += copy.bytes;
  }
  recordBarrier(context->table, before);
  return context->finish(context->table.vkEndCommandBuffer(before), "recording copies to the device");
}

Status Staging::recordDownloads(std::span<const HostCopy> copies, uint64_t at) {
  VAE_RETURN_IF_ERROR(begin(after));
  recordBarrier(context->table, after);
  for (const HostCopy &copy : copies) {
    VkBufferCopy region = {copy.offset, at, copy.bytes};
    context->table.vkCmdCopyBuffer(after, copy.buffer, buffer.buffer.get(), 1, &region);
    at += copy.bytes;
  }
  recordHostBarrier(context->table, after);
  return context->finish(context->table.vkEndCommandBuffer(after), "recording copies from the device");
}

Status Staging::runInOneRound(std::span<const HostCopy> uploads, VkCommandBuffer commands,
                              std::span<const HostCopy> downloads, std::string_view name) {
  uint64_t uploaded = totalBytes(uploads);
  VAE_RETURN_IF_ERROR(reserve(uploaded + totalBytes(downloads)));
  std::vector<VkCommandBuffer> submission;
  if (!uploads.empty()) {
    VAE_RETURN_IF_ERROR(recordUploads(uploads));
    submission.push_back(before);
  }
  if (commands)
    submission.push_back(commands);
  if (!downloads.empty()) {
    VAE_RETURN_IF_ERROR(recordDownloads(downloads, uploaded));
    submission.push_back(after);
  }
  if (submission.empty())
    return {};
  VAE_RETURN_IF_ERROR(context->submitAndWait(submission, fence, name));
  uint64_t at = uploaded;
  for (const HostCopy &copy : downloads) {
    std::memcpy(copy.host, buffer.mapped + at, copy.bytes);
    at += copy.bytes;
  }
  return {};
}

/// The pieces of a copy, each of at most `bound` bytes.
template <typename Function> static Status forEachPiece(std::span<const HostCopy> copies, Function function) {
  for (HostCopy copy : copies) {
    for (uint64_t done = 0; done < copy.bytes; done += bound) {
      HostCopy piece = {copy.buffer, copy.offset + done, copy.host + done, std::min(bound, copy.bytes - done)};
      VAE_RETURN_IF_ERROR(function(std::span<const HostCopy>(&piece, 1)));
    }
  }
  return {};
}

Status Staging::run(std::span<const HostCopy> uploads, VkCommandBuffer commands, std::span<const HostCopy> downloads,
                    std::string_view name) {
  if (totalBytes(uploads) + totalBytes(downloads) <= bound)
    return runInOneRound(uploads, commands, downloads, name);
  VAE_RETURN_IF_ERROR(forEachPiece(
      uploads, [&](std::span<const HostCopy> piece) { return runInOneRound(piece, VK_NULL_HANDLE, {}, name); }));
  VAE_RETURN_IF_ERROR(runInOneRound({}, commands, {}, name));
  return forEachPiece(downloads,
                      [&](std::span<const HostCopy> piece) { return runInOneRound({}, VK_NULL_HANDLE, piece, name); });
}

} // namespace vae::runtime::vulkan
