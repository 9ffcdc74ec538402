// Loads kernels: checks, pipelines, warm-up.
#include "runtime/devices/vulkan/kernels/Kernels.h"

#include "runtime/devices/vulkan/context/Barriers.h"
#include "runtime/devices/vulkan/memory/DeviceBuffer.h"

namespace vae::runtime::vulkan {

static Status recordWarmUp(Context &context, VkCommandBuffer commands, std::span<const RecordedDispatch> dispatches,
                           const DescriptorSets &sets) {
  auto beginInfo = structure<VkCommandBufferBeginInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO);
  beginInfo.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  VAE_RETURN_IF_ERROR(context.finish(context.table.vkBeginCommandBuffer(commands, &beginInfo), "recording a warm-up"));
  for (size_t i = 0; i < dispatches.size(); ++i) {
    recordDispatch(context, commands, dispatches[i], sets[i]);
    recordBarrier(context.table, commands);
  }
  return context.finish(context.table.vkEndCommandBuffer(commands), "recording a warm-up");
}

/// Dispatches every pipeline over zero groups, with one small buffer at all bindings, where the device is a processor: its
/// drivers compile when a pipeline first runs. Those of GPUs have done so when they made it.
static Status warmUp(Context &context, std::span<const std::shared_ptr<const Pipeline>> pipelines) {
  if (pipelines.empty() || context.physical().properties.deviceType != VK_PHYSICAL_DEVICE_TYPE_CPU)
    return {};
  VAE_ASSIGN_OR_RETURN(DeviceBuffer buffer, allocateBuffer(context, 256, Residence::device));
  std::vector<RecordedDispatch> dispatches(pipelines.size());
  for (size_t i = 0; i < pipelines.size(); ++i) {
    dispatches[i].pipeline = pipelines[i].get();
    dispatches[i].buffers.assign(pipelines[i]->bindings, {buffer.buffer.get(), 0, buffer.size});
    dispatches[i].words.assign(pipelines[i]->words, 0);
  }
  VAE_ASSIGN_OR_RETURN(DescriptorSets sets, DescriptorSets::create(context, dispatches));
  VAE_ASSIGN_OR_RETURN(CommandPoolHandle pool, context.makeCommandPool());
  VAE_ASSIGN_OR_RETURN(FenceHandle fence, context.makeFence());
  VAE_ASSIGN_OR_RETURN(VkCommandBuffer commands, context.makeCommandBuffer(pool));
  VAE_RETURN_IF_ERROR(recordWarmUp(context, commands, dispatches, sets));
  return context.submitAndWait({&commands, 1}, fence, "warm-up of kernels");
}

static Status noCode(const Package &package, const Kernel &kernel) {
  std::string targets;
  for (const std::string &target : package.targets())
    targets += concat(targets.empty() ? "" : ", ", target);
  return fail(StatusCode::unsupported, "kernel '", kernel.name,
              "' has no code for 'vulkan'; the package was made for: ", targets);
}

Result<std::shared_ptr<VulkanKernels>> VulkanKernels::load(Context &context, PipelineCache &cache,
                                                           const std::shared_ptr<const Package> &package,
                                                           std::span<const uint32_t> kernels) {
  std::vector<PipelineCache::Request> requests;
  for (uint32_t index : kernels) {
    const Kernel &kernel = package->kernels()[index];
    const KernelCode *code = kernel.codeFor("vulkan", CodeKind::spirv);
    if (!code)
      return noCode(*package, kernel);
    requests.push_back({code->code, static_cast<uint32_t>(kernel.accesses.size()), kernel.sizeCount, kernel.name});
  }
  VAE_ASSIGN_OR_RETURN(std::vector<PipelineCache::Entry> entries, cache.get(requests));
  std::shared_ptr<VulkanKernels> loaded(new VulkanKernels(package));
  std::vector<std::shared_ptr<const Pipeline>> made;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].isNew)
      made.push_back(entries[i].pipeline);
    loaded->pipelines[kernels[i]] = std::move(entries[i].pipeline);
  }
  VAE_RETURN_IF_ERROR(warmUp(context, made));
  return loaded;
}

const KernelCode *VulkanKernels::code(uint32_t kernel) const {
  return pipelines.count(kernel) ? package->kernels()[kernel].codeFor("vulkan", CodeKind::spirv) : nullptr;
}

const Pipeline *VulkanKernels::pipeline(uint32_t kernel) const {
  auto found = pipelines.find(kernel);
  return found == pipelines.end() ? nullptr : found->second.get();
}

} // namespace vae::runtime::vulkan
