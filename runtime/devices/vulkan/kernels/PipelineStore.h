// Pipelines as the driver compiled them, kept on disk from one process to the next.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_KERNELS_PIPELINESTORE_H
#define VAE_RUNTIME_DEVICES_VULKAN_KERNELS_PIPELINESTORE_H

#include "runtime/devices/vulkan/context/Context.h"

#include <functional>
#include <string>

namespace vae::runtime::vulkan {

/// The driver's pipeline cache, in a file for this device and this driver: $XDG_CACHE_HOME/vaec/ or ~/.cache/vaec/, in no
/// file where the environment names neither. Whatever is wrong with the file, pipelines are compiled as if there were
/// none. Not safe to use from several threads, but for `cache()`.
class PipelineStore {
public:
  using Note = std::function<void(const std::string &)>;

  PipelineStore(Context &context, Note note) : context(context), note(std::move(note)) {}

  /// Begins with what the file holds, unless that was done before.
  Status open();
  /// What pipelines are made with.
  VkPipelineCache cache() const { return handle.get(); }
  /// Writes what was compiled since `open`, together with what other processes wrote meanwhile. A file that cannot be
  /// written is noted once.
  void save();

private:
  Status write();
  Result<PipelineCacheHandle> make(std::span<const std::byte> data) const;
  Result<std::vector<std::byte>> data() const;
  Status addStored();

  Context &context;
  Note note;
  PipelineCacheHandle handle;
  std::string path;    ///< empty: none
  uint32_t stored = 0; ///< the checksum of what the file held when it was last read or written here
};

/// The folder of caches that the environment names, by the XDG base directory specification; empty where it names none.
std::string cacheFolder();

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_KERNELS_PIPELINESTORE_H
