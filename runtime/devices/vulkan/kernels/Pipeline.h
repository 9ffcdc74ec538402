// Compute pipelines, one for each different SPIR-V module.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_KERNELS_PIPELINE_H
#define VAE_RUNTIME_DEVICES_VULKAN_KERNELS_PIPELINE_H

#include "runtime/devices/vulkan/context/Context.h"
#include "runtime/devices/vulkan/kernels/PipelineStore.h"
#include "runtime/devices/vulkan/kernels/SpirvModule.h"

#include <map>
#include <memory>
#include <tuple>

namespace vae::runtime::vulkan {

/// A compute pipeline: set 0 has `bindings` storage buffers, push constants are `words` 32-bit words.
struct Pipeline {
  SetLayoutHandle setLayout;
  PipelineLayoutHandle layout;
  PipelineHandle pipeline;
  uint32_t bindings = 0;
  uint32_t words = 0;
  bool pushesDescriptors = false; ///< else a descriptor set of `setLayout` is bound
};

/// Gives kernels with equal code one pipeline, for as long as somebody holds it. Safe to use from several threads.
class PipelineCache {
public:
  explicit PipelineCache(Context &context, PipelineStore::Note note = {})
      : context(context), store(context, std::move(note)) {}

  struct Request {
    std::span<const std::byte> code; ///< SPIR-V
    uint32_t bindings = 0, words = 0;
    std::string_view name; ///< the kernel's, for messages
  };
  struct Entry {
    std::shared_ptr<const Pipeline> pipeline;
    bool isNew = false; ///< made by this call: not warmed up yet
  };

  /// One a request. What is new is compiled on all processors. unsupported or outOfMemory name the limit, invalidFile what
  /// is wrong with the code; both name the kernel.
  Result<std::vector<Entry>> get(std::span<const Request> requests);

private:
  using Key = std::tuple<SpirvWords, uint32_t, uint32_t>;
  /// A pipeline that is being made, for all requests with its key.
  struct Making {
    std::string_view name;
    std::shared_ptr<const Pipeline> pipeline;
    Status status;
  };
  Result<Key> keyOf(const Request &request) const;
  Status checkInterface(const SpirvModule &module, uint32_t bindings, uint32_t words) const;
  Status makeLayouts(Pipeline &pipeline) const;
  Result<std::shared_ptr<const Pipeline>> make(const Key &key, std::string_view name) const;
  Status makeAll(std::map<Key, Making> &missing);

  Context &context;
  std::mutex mutex;
  PipelineStore store;
  std::map<Key, std::weak_ptr<const Pipeline>> pipelines; ///< by content: equal hashes of different code can't mix
};

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_KERNELS_PIPELINE_H
