// Makes compute pipelines from SPIR-V, each content once.
#include "runtime/devices/vulkan/kernels/Pipeline.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <system_error>
#include <thread>
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

Result<std::shared_ptr<const Pipeline>> PipelineCache::make(const Key &key, std::string_view name) const {
  const auto &[code, bindings, words] = key;
  VAE_ASSIGN_OR_RETURN(SpirvModule parsed, SpirvModule::parse(code));
  VAE_RETURN_IF_ERROR(checkInterface(parsed, bindings, words));
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
      context.table.vkCreateComputePipelines(context.device, store.cache(), 1, &pipelineInfo, nullptr, &pipeline);
  made->pipeline = PipelineHandle(context, pipeline);
  VAE_RETURN_IF_ERROR(context.finish(result, "making a compute pipeline"));
  context.setName(VK_OBJECT_TYPE_PIPELINE, reinterpret_cast<uint64_t>(pipeline), name);
  return std::shared_ptr<const Pipeline>(std::move(made));
}

Result<PipelineCache::Key> PipelineCache::keyOf(const Request &request) const {
  VAE_ASSIGN_OR_RETURN(SpirvWords spirv, spirvWords(request.code));
  if (!context.physical().features.signedZeroInfNanPreserve32)
    dropPreservation(spirv);
  return Key(std::move(spirv), request.bindings, request.words);
}

/// Runs `work(i)` for each i below `count` on all processors, as far as the system gives threads.
static void runOnAll(size_t count, const std::function<void(size_t)> &work) {
  std::atomic<size_t> next = 0;
  auto loop = [&] {
    for (size_t i = next++; i < count; i = next++)
      work(i);
  };
  std::vector<std::thread> threads;
  size_t wanted = std::min<size_t>(count, std::thread::hardware_concurrency());
  while (threads.size() + 1 < wanted)
    try {
      threads.emplace_back(loop);
    } catch (const std::system_error &) {
      wanted = 0; // fewer do it, too
    }
  loop();
  for (std::thread &thread : threads)
    thread.join();
}

Status PipelineCache::makeAll(std::map<Key, Making> &missing) {
  if (missing.empty())
    return {};
  VAE_RETURN_IF_ERROR(store.open());
  std::vector<std::pair<const Key, Making> *> all;
  for (auto &entry : missing)
    all.push_back(&entry);
  runOnAll(all.size(), [&](size_t i) {
    auto &[key, making] = *all[i];
    Result<std::shared_ptr<const Pipeline>> made = make(key, making.name);
    making.status = made.status();
    if (made.ok())
      making.pipeline = made.take();
  });
  for (auto &[key, making] : missing)
    if (!making.status.ok())
      return making.status.withContext(concat("kernel '", making.name, "'"));
  std::erase_if(pipelines, [](const auto &entry) { return entry.second.expired(); });
  for (auto &[key, making] : missing)
    pipelines[key] = making.pipeline;
  store.save();
  return {};
}

Result<std::vector<PipelineCache::Entry>> PipelineCache::get(std::span<const Request> requests) {
  std::lock_guard lock(mutex);
  std::vector<Entry> entries(requests.size());
  std::map<Key, Making> missing;
  std::vector<std::pair<Entry *, const Making *>> open;
  for (size_t i = 0; i < requests.size(); ++i) {
    Result<Key> key = keyOf(requests[i]);
    if (!key.ok())
      return key.status().withContext(concat("kernel '", requests[i].name, "'"));
    if (auto found = pipelines.find(*key); found != pipelines.end())
      entries[i].pipeline = found->second.lock();
    if (entries[i].pipeline)
      continue;
    auto [place, isNew] = missing.try_emplace(key.take(), Making{requests[i].name, nullptr, {}});
    entries[i].isNew = isNew;
    open.emplace_back(&entries[i], &place->second);
  }
  VAE_RETURN_IF_ERROR(makeAll(missing));
  for (auto [entry, making] : open)
    entry->pipeline = making->pipeline;
  return entries;
}

} // namespace vae::runtime::vulkan
