// Makes compute pipelines from SPIR-V, each content once.
#include "runtime/devices/vulkan/kernels/Pipeline.h"

#include <vector>

namespace vae::runtime::vulkan {

Status PipelineCache::checkInterface(const SpirvModule &module, uint32_t bindings, uint32_t words) const {
  const VkPhysicalDeviceLimits &limits = context.physical().properties.limits;
  VAE_RETURN_IF_ERROR(module.checkAgainst(context.physical()));
  if (module.bindingCount > bindings)
    return fail(StatusCode::invalidFile, "its code uses binding ", module.bindingCount - 1, ", but it has ", bindings,
                " buffers");
  uint32_t maxBindings = std::min(limits.maxPerStageDescriptorStorageBuffers, limits.maxDescriptorSetStorageBuffers);
  if (bindings > maxBindings)
    return fail(StatusCode::unsupported, "has ", bindings, " buffers; ", context.physical().properties.deviceName,
                " allows ", maxBindings, " (maxPerStageDescriptorStorageBuffers)");
  if (uint64_t(words) * 4 > limits.maxPushConstantsSize)
    return fail(StatusCode::unsupported, "has ", words, " run-time sizes; ", context.physical().properties.deviceName,
                " allows ", limits.maxPushConstantsSize / 4, " (maxPushConstantsSize)");
  return {};
}

Status PipelineCache::makeLayouts(Pipeline &made) const {
  std::vector<VkDescriptorSetLayoutBinding> bindings(made.bindings);
  for (uint32_t i = 0; i < made.bindings; ++i)
    bindings[i] = {i, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr};
  auto setInfo = structure<VkDescriptorSetLayoutCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO);
  setInfo.flags = made.pushesDescriptors ? VK_DESCRIPTOR_SET_LAYOUT_CREATE_PUSH_DESCRIPTOR_BIT_KHR : 0;
  setInfo.bindingCount = made.bindings;
  setInfo.pBindings = bindings.data();
  VkDescriptorSetLayout set = VK_NULL_HANDLE;
  VAE_RETURN_IF_ERROR(context.finish(context.table.vkCreateDescriptorSetLayout(context.device, &setInfo, nullptr, &set),
                                     "making a descriptor layout"));
  made.setLayout = SetLayoutHandle(context, set);

  VkPushConstantRange range = {VK_SHADER_STAGE_COMPUTE_BIT, 0, made.words * 4};
  auto layoutInfo = structure<VkPipelineLayoutCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO);
  layoutInfo.setLayoutCount = 1;
  layoutInfo.pSetLayouts = &set;
  layoutInfo.pushConstantRangeCount = made.words ? 1 : 0;
  layoutInfo.pPushConstantRanges = &range;
  VkPipelineLayout layout = VK_NULL_HANDLE;
  VAE_RETURN_IF_ERROR(context.finish(
      context.table.vkCreatePipelineLayout(context.device, &layoutInfo, nullptr, &layout), "making a pipeline layout"));
  made.layout = PipelineLayoutHandle(context, layout);
  return {};
}

Result<std::shared_ptr<const Pipeline>> PipelineCache::make(const SpirvWords &code, uint32_t bindings, uint32_t words,
                                                            std::string_view name) const {
  auto made = std::make_shared<Pipeline>();
  made->bindings = bindings;
  made->words = words;
  made->pushesDescriptors = context.usesPushDescriptors() && bindings <= context.physical().maxPushDescriptors;
  VAE_RETURN_IF_ERROR(makeLayouts(*made));

  auto moduleInfo = structure<VkShaderModuleCreateInfo>(VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
  moduleInfo.codeSize = code.size() * sizeof(uint32_t);
  moduleInfo.pCode = code.data();
  VkShaderModule module = VK_NULL_HANDLE;
  VAE_RETURN_IF_ERROR(context.finish(context.table.vkCreateShaderModule(context.device, &moduleInfo, nullptr, &module),
                                     "making a shader module"));
  ShaderModuleHandle owner(context, module);

  auto pipelineInfo = structure<VkComputePipelineCreateInfo>(VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO);
  pipelineInfo.stage = structure<VkPipelineShaderStageCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO);
  pipelineInfo.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  pipelineInfo.stage.module = module;
  pipelineInfo.stage.pName = "main";
  pipelineInfo.layout = made->layout.get();
  VkPipeline pipeline = VK_NULL_HANDLE;
  VkResult result =
      context.table.vkCreateComputePipelines(context.device, VK_NULL_HANDLE, 1, &pipelineInfo, nullptr, &pipeline);
  made->pipeline = PipelineHandle(context, pipeline);
  VAE_RETURN_IF_ERROR(context.finish(result, "making a compute pipeline"));
  context.setName(VK_OBJECT_TYPE_PIPELINE, reinterpret_cast<uint64_t>(pipeline), name);
  return std::shared_ptr<const Pipeline>(std::move(made));
}

Result<PipelineCache::Entry> PipelineCache::get(std::span<const std::byte> code, uint32_t bindings, uint32_t words,
                                                std::string_view name) {
  std::lock_guard lock(mutex);
  VAE_ASSIGN_OR_RETURN(SpirvWords spirv, spirvWords(code));
  if (!context.physical().features.signedZeroInfNanPreserve32)
    dropPreservation(spirv);
  Key key(std::move(spirv), bindings, words);
  auto found = pipelines.find(key);
  if (found != pipelines.end())
    if (std::shared_ptr<const Pipeline> pipeline = found->second.lock())
      return Entry{std::move(pipeline), false};
  VAE_ASSIGN_OR_RETURN(SpirvModule module, SpirvModule::parse(std::get<0>(key)));
  VAE_RETURN_IF_ERROR(checkInterface(module, bindings, words));
  VAE_ASSIGN_OR_RETURN(std::shared_ptr<const Pipeline> pipeline, make(std::get<0>(key), bindings, words, name));
  std::erase_if(pipelines, [](const auto &entry) { return entry.second.expired(); });
  pipelines[std::move(key)] = pipeline;
  return Entry{std::move(pipeline), true};
}

} // namespace vae::runtime::vulkan
