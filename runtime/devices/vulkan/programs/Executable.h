// A program recorded into command buffers.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_PROGRAMS_EXECUTABLE_H
#define VAE_RUNTIME_DEVICES_VULKAN_PROGRAMS_EXECUTABLE_H

#include "runtime/devices/vulkan/kernels/Kernels.h"
#include "runtime/devices/vulkan/memory/VulkanMemory.h"
#include "runtime/devices/vulkan/programs/Recording.h"

namespace vae::runtime::vulkan {

class VulkanExecutable : public Executable {
public:
  /// Checks every limit that the program meets, then records it. Errors name the program, the buffer or kernel, and the
  /// limit.
  static Result<std::unique_ptr<VulkanExecutable>> create(Context &context, std::shared_ptr<VulkanKernels> kernels,
                                                          const BoundProgram &program);

  Status run(std::span<const Upload> uploads, std::span<const Download> downloads, const RunControl &control) override;

private:
  VulkanExecutable(Context &context, std::shared_ptr<VulkanKernels> kernels, const BoundProgram &program)
      : context(context), kernels(std::move(kernels)), program(program) {}
  Status prepare();
  Status makeBuffers();
  Status checkBuffer(uint32_t index) const;
  Result<RecordedDispatch> lower(const BoundDispatch &dispatch) const;
  RecordingSource source() { return {context, program, buffers, dispatches, sets}; }
  Status submit(Recording &which, std::span<const Upload> uploads, std::span<const Download> downloads,
                const RunControl &control);
  Status runStaged(std::span<const HostCopy> up, Recording &which, std::span<const HostCopy> down,
                   const RunControl &control);
  const VulkanMemory &memoryOf(uint32_t buffer) const;
  HostCopy copyOf(uint32_t buffer, const void *host, uint64_t bytes) const;

  Context &context;
  std::shared_ptr<VulkanKernels> kernels;
  BoundProgram program;
  std::vector<BufferHandle> ownBuffers;        ///< with separate-buffers, one a buffer of the program
  std::vector<VkDescriptorBufferInfo> buffers; ///< exact range of each buffer of the program
  std::vector<RecordedDispatch> dispatches;    ///< in command order
  DescriptorSets sets;
  std::optional<Staging> staging;
  FenceHandle fence;
  std::unique_ptr<Recording> recording;
  std::unique_ptr<Recording> timed; ///< with timestamps, made at the first profiled run
};

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_PROGRAMS_EXECUTABLE_H
