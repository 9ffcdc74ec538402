// Binds descriptors and records dispatches.
#include "runtime/devices/vulkan/kernels/Recorder.h"

namespace vae::runtime::vulkan {

/// Writes of a dispatch's buffers to `set`, one a binding; they point into the dispatch.
static std::vector<VkWriteDescriptorSet> descriptorWrites(const RecordedDispatch &dispatch, VkDescriptorSet set) {
  std::vector<VkWriteDescriptorSet> writes(dispatch.buffers.size(),
                                           structure<VkWriteDescriptorSet>(VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET));
  for (uint32_t i = 0; i < writes.size(); ++i) {
    writes[i].dstSet = set;
    writes[i].dstBinding = i;
    writes[i].descriptorCount = 1;
    writes[i].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    writes[i].pBufferInfo = &dispatch.buffers[i];
  }
  return writes;
}

Status DescriptorSets::allocate(Context &context, const RecordedDispatch &dispatch, VkDescriptorPool pool,
                                VkDescriptorSet &set) {
  VkDescriptorSetLayout layout = dispatch.pipeline->setLayout.get();
  auto info = structure<VkDescriptorSetAllocateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO);
  info.descriptorPool = pool;
  info.descriptorSetCount = 1;
  info.pSetLayouts = &layout;
  VAE_RETURN_IF_ERROR(
      context.finish(context.table.vkAllocateDescriptorSets(context.device, &info, &set), "making a descriptor set"));
  std::vector<VkWriteDescriptorSet> writes = descriptorWrites(dispatch, set);
  context.table.vkUpdateDescriptorSets(context.device, static_cast<uint32_t>(writes.size()), writes.data(), 0, nullptr);
  return context.takeMessages();
}

Result<DescriptorSets> DescriptorSets::create(Context &context, std::span<const RecordedDispatch> dispatches) {
  DescriptorSets made;
  made.sets.assign(dispatches.size(), VK_NULL_HANDLE);
  uint32_t count = 0;
  uint32_t descriptors = 0;
  for (const RecordedDispatch &dispatch : dispatches) {
    if (dispatch.pipeline->pushesDescriptors)
      continue;
    ++count;
    descriptors += dispatch.pipeline->bindings;
  }
  if (count == 0)
    return made;
  VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, std::max(descriptors, 1u)};
  auto poolInfo = structure<VkDescriptorPoolCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO);
  poolInfo.maxSets = count;
  poolInfo.poolSizeCount = 1;
  poolInfo.pPoolSizes = &size;
  VkDescriptorPool pool = VK_NULL_HANDLE;
  VAE_RETURN_IF_ERROR(context.finish(context.table.vkCreateDescriptorPool(context.device, &poolInfo, nullptr, &pool),
                                     "making a descriptor pool"));
  made.pool = DescriptorPoolHandle(context, pool);
  for (size_t i = 0; i < dispatches.size(); ++i)
    if (!dispatches[i].pipeline->pushesDescriptors)
      VAE_RETURN_IF_ERROR(allocate(context, dispatches[i], pool, made.sets[i]));
  return made;
}

void recordDispatch(const Context &context, VkCommandBuffer commands, const RecordedDispatch &dispatch,
                    VkDescriptorSet set) {
  const VolkDeviceTable &table = context.table;
  const Pipeline &pipeline = *dispatch.pipeline;
  table.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.pipeline.get());
  if (pipeline.pushesDescriptors) {
    std::vector<VkWriteDescriptorSet> writes = descriptorWrites(dispatch, VK_NULL_HANDLE);
    table.vkCmdPushDescriptorSetKHR(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.layout.get(), 0,
                                    static_cast<uint32_t>(writes.size()), writes.data());
  } else {
    table.vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.layout.get(), 0, 1, &set, 0,
                                  nullptr);
  }
  if (!dispatch.words.empty())
    table.vkCmdPushConstants(commands, pipeline.layout.get(), VK_SHADER_STAGE_COMPUTE_BIT, 0,
                             static_cast<uint32_t>(dispatch.words.size() * sizeof(int32_t)), dispatch.words.data());
  table.vkCmdDispatch(commands, dispatch.groups[0], dispatch.groups[1], dispatch.groups[2]);
}

} // namespace vae::runtime::vulkan
