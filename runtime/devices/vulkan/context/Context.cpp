// Opens a Vulkan device, submits work to it, and keeps track of its failures.
#include "runtime/devices/vulkan/context/Context.h"

#include <algorithm>
#include <cmath>

namespace vae::runtime::vulkan {

static uint64_t nanoseconds(double seconds) { return static_cast<uint64_t>(std::llround(seconds * 1e9)); }

Result<std::unique_ptr<Context>> Context::create(const DebugOptions &options, std::optional<uint32_t> index,
                                                 Allocator &allocator) {
  std::unique_ptr<Context> context(new Context(allocator));
  VAE_RETURN_IF_ERROR(context->open(options, index));
  return context;
}

Status Context::open(const DebugOptions &options, std::optional<uint32_t> index) {
  chosenOptions = options;
  VAE_ASSIGN_OR_RETURN(instance, Instance::create(options));
  VAE_ASSIGN_OR_RETURN(auto devices, usableDevices(*instance));
  VAE_ASSIGN_OR_RETURN(info, chooseDevice(devices, index));
  pushDescriptors = info.maxPushDescriptors > 0 && !options.descriptorSets;
  VAE_RETURN_IF_ERROR(createDevice());
  loadDeviceTable(instance->get(), device, table);
  table.vkGetDeviceQueue(device, info.queueFamily, 0, &queue);
  if (instance->validates())
    setObjectName = reinterpret_cast<PFN_vkSetDebugUtilsObjectNameEXT>(
        vkGetInstanceProcAddr(instance->get(), "vkSetDebugUtilsObjectNameEXT"));
  return takeMessages();
}

Status Context::createDevice() {
  FeatureChain features(info.properties.apiVersion);
  features.write(info.features);
  float priority = 1;
  auto queueInfo = structure<VkDeviceQueueCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO);
  queueInfo.queueFamilyIndex = info.queueFamily;
  queueInfo.queueCount = 1;
  queueInfo.pQueuePriorities = &priority;
  std::vector<const char *> extensions;
  if (pushDescriptors)
    extensions.push_back(VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME);
  auto deviceInfo = structure<VkDeviceCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, features.head());
  deviceInfo.queueCreateInfoCount = 1;
  deviceInfo.pQueueCreateInfos = &queueInfo;
  deviceInfo.enabledExtensionCount = static_cast<uint32_t>(extensions.size());
  deviceInfo.ppEnabledExtensionNames = extensions.data();
  return check(instance->functions().vkCreateDevice(info.handle, &deviceInfo, nullptr, &device),
               concat("opening Vulkan device ", info.properties.deviceName));
}

Context::~Context() {
  if (!device)
    return;
  // Waits for work that was given up on, as the device must be idle when it ends.
  if (mayDestroy())
    table.vkDestroyDevice(device, nullptr);
  else
    instance->abandon();
}

Status Context::health() {
  std::lock_guard lock(stateMutex);
  return failure;
}

Status Context::remember(Status status) {
  std::lock_guard lock(stateMutex);
  if (failure.ok())
    failure = status;
  return status;
}

Status Context::finish(VkResult result, std::string_view action) {
  if (result == VK_ERROR_DEVICE_LOST)
    return remember(fail(StatusCode::deviceFailed, action, ": the device ", info.properties.deviceName,
                         " was lost (VK_ERROR_DEVICE_LOST)"));
  VAE_RETURN_IF_ERROR(check(result, action));
  return takeMessages();
}

Result<CommandPoolHandle> Context::makeCommandPool() {
  auto poolInfo = structure<VkCommandPoolCreateInfo>(VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO);
  poolInfo.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  poolInfo.queueFamilyIndex = info.queueFamily;
  VkCommandPool pool = VK_NULL_HANDLE;
  VAE_RETURN_IF_ERROR(
      finish(table.vkCreateCommandPool(device, &poolInfo, nullptr, &pool), "making a Vulkan command pool"));
  return CommandPoolHandle(*this, pool);
}

Result<VkCommandBuffer> Context::makeCommandBuffer(const CommandPoolHandle &pool) {
  auto bufferInfo = structure<VkCommandBufferAllocateInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO);
  bufferInfo.commandPool = pool.get();
  bufferInfo.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  bufferInfo.commandBufferCount = 1;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  VAE_RETURN_IF_ERROR(
      finish(table.vkAllocateCommandBuffers(device, &bufferInfo, &commands), "making a Vulkan command buffer"));
  return commands;
}

Result<FenceHandle> Context::makeFence() {
  auto fenceInfo = structure<VkFenceCreateInfo>(VK_STRUCTURE_TYPE_FENCE_CREATE_INFO);
  VkFence fence = VK_NULL_HANDLE;
  VAE_RETURN_IF_ERROR(finish(table.vkCreateFence(device, &fenceInfo, nullptr, &fence), "making a Vulkan fence"));
  return FenceHandle(*this, fence);
}

Status Context::giveUpOn(VkFence fence, Status reason) {
  {
    std::lock_guard lock(stateMutex);
    unanswered.push_back(fence);
    hasUnanswered = true;
  }
  return remember(std::move(reason));
}

Status Context::wait(VkFence fence, std::string_view name) {
  VkResult result = table.vkWaitForFences(device, 1, &fence, VK_TRUE, nanoseconds(chosenOptions.timeoutSeconds));
  if (result == VK_SUCCESS || result == VK_ERROR_DEVICE_LOST)
    return finish(result, concat("running '", name, "'"));
  // The work may still be going on: neither its objects nor the device may be used for anything else.
  if (result == VK_TIMEOUT)
    return giveUpOn(fence, fail(StatusCode::deviceFailed, "'", name, "' did not finish within ",
                                chosenOptions.timeoutSeconds, " s on ", info.properties.deviceName));
  return giveUpOn(fence, resultError(result, concat("waiting for '", name, "'")));
}

Status Context::submitAndWait(std::span<const VkCommandBuffer> commands, const FenceHandle &fence,
                              std::string_view name) {
  VAE_RETURN_IF_ERROR(health());
  VkFence raw = fence.get();
  VAE_RETURN_IF_ERROR(finish(table.vkResetFences(device, 1, &raw), "resetting a Vulkan fence"));
  auto submit = structure<VkSubmitInfo>(VK_STRUCTURE_TYPE_SUBMIT_INFO);
  submit.commandBufferCount = static_cast<uint32_t>(commands.size());
  submit.pCommandBuffers = commands.data();
  {
    std::lock_guard lock(queueMutex);
    VkResult result = table.vkQueueSubmit(queue, 1, &submit, raw);
    if (result != VK_SUCCESS)
      return finish(result, concat("submitting '", name, "'"));
  }
  return wait(raw, name);
}

bool Context::mayDestroy() {
  // The usual case costs one load: destructors ask for every object.
  if (!hasUnanswered)
    return true;
  std::lock_guard lock(stateMutex);
  if (abandoned || unanswered.empty())
    return !abandoned;
  VkResult result = table.vkWaitForFences(device, static_cast<uint32_t>(unanswered.size()), unanswered.data(), VK_TRUE,
                                          nanoseconds(chosenOptions.timeoutSeconds));
  // A fence that waits no longer may end; the failure itself stays, so that no new work starts.
  unanswered.clear();
  abandoned = result != VK_SUCCESS && result != VK_ERROR_DEVICE_LOST;
  return !abandoned;
}

void Context::setName(VkObjectType type, uint64_t object, std::string_view name) {
  if (!setObjectName)
    return;
  std::string text(name);
  auto nameInfo = structure<VkDebugUtilsObjectNameInfoEXT>(VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT);
  nameInfo.objectType = type;
  nameInfo.objectHandle = object;
  nameInfo.pObjectName = text.c_str();
  setObjectName(device, &nameInfo);
}

} // namespace vae::runtime::vulkan
