// Writes dispatches into a command buffer, with push descriptors or with descriptor sets.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_KERNELS_RECORDER_H
#define VAE_RUNTIME_DEVICES_VULKAN_KERNELS_RECORDER_H

#include "runtime/devices/vulkan/kernels/Pipeline.h"

namespace vae::runtime::vulkan {

/// One dispatch: `buffers` in binding order, `words` as push constants.
struct RecordedDispatch {
  const Pipeline *pipeline = nullptr;
  std::vector<VkDescriptorBufferInfo> buffers;
  std::vector<int32_t> words;
  std::array<uint32_t, 3> groups = {0, 0, 0};
};

/// The descriptor sets of those dispatches whose pipeline does not push; they live as long as the command buffer.
class DescriptorSets {
public:
  /// A null set for each dispatch that pushes.
  static Result<DescriptorSets> create(Context &context, std::span<const RecordedDispatch> dispatches);
  VkDescriptorSet operator[](size_t dispatch) const { return sets[dispatch]; }

private:
  static Status allocate(Context &context, const RecordedDispatch &dispatch, VkDescriptorPool pool,
                         VkDescriptorSet &set);
  DescriptorPoolHandle pool;
  std::vector<VkDescriptorSet> sets;
};

/// Records `dispatch` into `commands`; `set` is its descriptor set or null.
void recordDispatch(const Context &context, VkCommandBuffer commands, const RecordedDispatch &dispatch,
                    VkDescriptorSet set);

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_KERNELS_RECORDER_H
