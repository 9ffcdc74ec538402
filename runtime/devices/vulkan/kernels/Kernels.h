// The kernels of a package on a Vulkan device.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_KERNELS_KERNELS_H
#define VAE_RUNTIME_DEVICES_VULKAN_KERNELS_KERNELS_H

#include "runtime/devices/Device.h"
#include "runtime/devices/vulkan/kernels/Recorder.h"
#include "runtime/package/Package.h"

namespace vae::runtime::vulkan {

class VulkanKernels : public DeviceKernels {
public:
  /// Makes the pipelines of `kernels`; where the device is a processor each new one is run over no groups, which makes
  /// drivers translate it now rather than in the middle of the first run.
  static Result<std::shared_ptr<VulkanKernels>> load(Context &context, PipelineCache &cache,
                                                     const std::shared_ptr<const Package> &package,
                                                     std::span<const uint32_t> kernels);

  const KernelCode *code(uint32_t kernel) const override;
  const char *target() const override { return "vulkan"; }

  /// Null where the kernel was not loaded.
  const Pipeline *pipeline(uint32_t kernel) const;
  const Package &source() const { return *package; }

private:
  explicit VulkanKernels(std::shared_ptr<const Package> package) : package(std::move(package)) {}
  std::shared_ptr<const Package> package;
  std::map<uint32_t, std::shared_ptr<const Pipeline>> pipelines;
};

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_KERNELS_KERNELS_H
