// Ties the parts of the Vulkan device together.
#include "runtime/devices/vulkan/Device.h"

#include "runtime/abi/kernel.h"
#include "runtime/devices/vulkan/programs/Executable.h"

#include <algorithm>

namespace vae::runtime {

namespace vulkan {
namespace {

class VulkanDevice : public Device {
public:
  VulkanDevice(std::unique_ptr<Context> context, std::string name, PipelineStore::Note note)
      : context(std::move(context)), cache(*this->context, std::move(note)), deviceName(std::move(name)),
        deviceDescription(this->context->physical().description()), deviceLimits(findLimits(*this->context)) {}

  const std::string &name() const override { return deviceName; }
  const std::string &description() const override { return deviceDescription; }
  const DeviceLimits &limits() const override { return deviceLimits; }
  Allocator &allocator() const override { return context->hostAllocator(); }
  Result<std::unique_ptr<DeviceMemory>> allocate(uint64_t bytes, MemoryPurpose purpose) override;
  Result<std::shared_ptr<DeviceKernels>> loadKernels(std::shared_ptr<const Package> package,
                                                     std::span<const uint32_t> kernels) override;
  Result<std::unique_ptr<Executable>> compile(std::shared_ptr<DeviceKernels> kernels,
                                              const BoundProgram &program) override;
  uint64_t availableMemory() const override { return vulkan::availableMemory(*context); }

private:
  static DeviceLimits findLimits(const Context &context);

  std::unique_ptr<Context> context; ///< first: ends last
  PipelineCache cache;
  SharedStaging shared;
  std::string deviceName;
  std::string deviceDescription;
  DeviceLimits deviceLimits;
};

} // namespace

DeviceLimits VulkanDevice::findLimits(const Context &context) {
  const PhysicalDevice &device = context.physical();
  const VkPhysicalDeviceLimits &limits = device.properties.limits;
  DeviceLimits found;
  found.maxAllocation = std::min(device.maxAllocation, device.maxBufferSize) & ~uint64_t(VAE_BUFFER_ALIGNMENT - 1);
  found.maxStorageRange = limits.maxStorageBufferRange;
  found.alignment = std::max<uint64_t>(VAE_BUFFER_ALIGNMENT, limits.minStorageBufferOffsetAlignment);
  found.windowAlignment = std::max<uint64_t>(found.windowAlignment, limits.minStorageBufferOffsetAlignment);
  found.maxBindings = std::min(limits.maxPerStageDescriptorStorageBuffers, limits.maxDescriptorSetStorageBuffers);
  found.maxSizes = limits.maxPushConstantsSize / 4;
  return found;
}

Result<std::unique_ptr<DeviceMemory>> VulkanDevice::allocate(uint64_t bytes, MemoryPurpose) {
  VAE_ASSIGN_OR_RETURN(std::unique_ptr<VulkanMemory> memory, VulkanMemory::create(*context, shared, bytes));
  return std::unique_ptr<DeviceMemory>(std::move(memory));
}

Result<std::shared_ptr<DeviceKernels>> VulkanDevice::loadKernels(std::shared_ptr<const Package> package,
                                                                 std::span<const uint32_t> kernels) {
  VAE_ASSIGN_OR_RETURN(std::shared_ptr<VulkanKernels> loaded, VulkanKernels::load(*context, cache, package, kernels));
  return std::shared_ptr<DeviceKernels>(std::move(loaded));
}

Result<std::unique_ptr<Executable>> VulkanDevice::compile(std::shared_ptr<DeviceKernels> kernels,
                                                          const BoundProgram &program) {
  auto loaded = std::static_pointer_cast<VulkanKernels>(std::move(kernels));
  VAE_ASSIGN_OR_RETURN(std::unique_ptr<VulkanExecutable> made,
                       VulkanExecutable::create(*context, std::move(loaded), program));
  return std::unique_ptr<Executable>(std::move(made));
}

} // namespace vulkan

Result<std::shared_ptr<Device>> openVulkanDevice(std::optional<uint32_t> index, const DeviceOptions &options) {
  VAE_ASSIGN_OR_RETURN(vulkan::DebugOptions chosen, vulkan::optionsFromEnvironment());
  chosen.validation |= options.debug;
  chosen.separateBuffers |= options.debug;
  Allocator &allocator = options.allocator ? *options.allocator : Allocator::standard();
  VAE_ASSIGN_OR_RETURN(auto context, vulkan::Context::create(chosen, index, allocator));
  std::string name = index ? concat("vulkan:", *index) : "vulkan";
  return std::shared_ptr<Device>(
      std::make_shared<vulkan::VulkanDevice>(std::move(context), std::move(name), options.note));
}

Result<std::vector<std::string>> describeVulkanDevices() {
  VAE_ASSIGN_OR_RETURN(auto instance, vulkan::Instance::create({}));
  VAE_ASSIGN_OR_RETURN(auto devices, vulkan::usableDevices(*instance));
  std::vector<std::string> descriptions;
  descriptions.reserve(devices.size());
  for (const vulkan::PhysicalDevice &device : devices)
    descriptions.push_back(device.description());
  return descriptions;
}

} // namespace vae::runtime
