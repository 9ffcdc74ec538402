// The two memory barriers that the runtime records.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_BARRIERS_H
#define VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_BARRIERS_H

#include <volk.h>

namespace vae::runtime::vulkan {

/// All dispatches, copies and fills before are complete and visible to all after; across submissions of the queue too.
inline void recordBarrier(const VolkDeviceTable &table, VkCommandBuffer commands, VkPipelineStageFlags moreAfter = 0,
                          VkAccessFlags moreAccess = 0) {
  constexpr VkPipelineStageFlags stages = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
  constexpr VkAccessFlags writes = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
  constexpr VkAccessFlags reads = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT;
  VkMemoryBarrier barrier = {VK_STRUCTURE_TYPE_MEMORY_BARRIER, nullptr, writes, reads | writes | moreAccess};
  table.vkCmdPipelineBarrier(commands, stages, stages | moreAfter, 0, 1, &barrier, 0, nullptr, 0, nullptr);
}

/// The same, and visible to the host after the submission.
inline void recordHostBarrier(const VolkDeviceTable &table, VkCommandBuffer commands) {
  recordBarrier(table, commands, VK_PIPELINE_STAGE_HOST_BIT, VK_ACCESS_HOST_READ_BIT);
}

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_CONTEXT_BARRIERS_H
