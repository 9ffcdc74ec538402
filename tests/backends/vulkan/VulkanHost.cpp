// A small Vulkan host for tests of shaders: one device, validation messages counted, one dispatch at a time.
#include "tests/backends/vulkan/VulkanHost.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace vae::tests;

static void check(VkResult result, const char *what) {
  if (result == VK_SUCCESS)
    return;
  std::fprintf(stderr, "%s failed with VkResult %d\n", what, static_cast<int>(result));
  std::exit(1);
}

static VkBool32 VKAPI_PTR report(VkDebugUtilsMessageSeverityFlagBitsEXT, VkDebugUtilsMessageTypeFlagsEXT,
                                 const VkDebugUtilsMessengerCallbackDataEXT *data, void *host) {
  static_cast<VulkanHost *>(host)->messages.push_back(data->pMessage);
  return VK_FALSE;
}

VulkanHost &VulkanHost::get() {
  static VulkanHost host;
  return host;
}

VulkanHost::VulkanHost() {
  createInstance();
  createDevice();
  VkCommandPoolCreateInfo pool{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, nullptr,
                               VK_COMMAND_POOL_CREATE_TRANSIENT_BIT, family};
  check(vkCreateCommandPool(device, &pool, nullptr, &commands), "vkCreateCommandPool");
  VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 64};
  VkDescriptorPoolCreateInfo sets{VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, nullptr, 0, 1, 1, &size};
  check(vkCreateDescriptorPool(device, &sets, nullptr, &descriptors), "vkCreateDescriptorPool");
}

void VulkanHost::createInstance() {
  VkApplicationInfo application{
      VK_STRUCTURE_TYPE_APPLICATION_INFO, nullptr, "vae tests", 0, nullptr, 0, VK_API_VERSION_1_2};
  std::vector<VkValidationFeatureEnableEXT> enables = {VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
  if (std::getenv("VAE_GPU_VALIDATION")) {
    enables.push_back(VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_EXT);
    enables.push_back(VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_RESERVE_BINDING_SLOT_EXT);
  }
  VkDebugUtilsMessengerCreateInfoEXT messenger{VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
                                               nullptr,
                                               0,
                                               VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT |
                                                   VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
                                               VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT,
                                               report,
                                               this};
  VkValidationFeaturesEXT features{VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
                                   &messenger,
                                   static_cast<uint32_t>(enables.size()),
                                   enables.data(),
                                   0,
                                   nullptr};
  const char *layers[] = {"VK_LAYER_KHRONOS_validation"};
  const char *extensions[] = {VK_EXT_DEBUG_UTILS_EXTENSION_NAME};
  VkInstanceCreateInfo info{
      VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, &features, 0, &application, 1, layers, 1, extensions};
  check(vkCreateInstance(&info, nullptr, &instance), "vkCreateInstance (the validation layer is needed)");
  auto create = reinterpret_cast<PFN_vkCreateDebugUtilsMessengerEXT>(
      vkGetInstanceProcAddr(instance, "vkCreateDebugUtilsMessengerEXT"));
  VkDebugUtilsMessengerEXT handle;
  check(create(instance, &messenger, nullptr, &handle), "vkCreateDebugUtilsMessengerEXT");
}

void VulkanHost::createDevice() {
  uint32_t count = 0;
  vkEnumeratePhysicalDevices(instance, &count, nullptr);
  std::vector<VkPhysicalDevice> all(count);
  vkEnumeratePhysicalDevices(instance, &count, all.data());
  if (all.empty())
    check(VK_ERROR_INITIALIZATION_FAILED, "vkEnumeratePhysicalDevices");
  physical = all[0];
  for (VkPhysicalDevice candidate : all) {
    VkPhysicalDeviceProperties properties;
    vkGetPhysicalDeviceProperties(candidate, &properties);
    if (properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU)
      physical = candidate;
  }
  uint32_t families = 0;
  vkGetPhysicalDeviceQueueFamilyProperties(physical, &families, nullptr);
  std::vector<VkQueueFamilyProperties> properties(families);
  vkGetPhysicalDeviceQueueFamilyProperties(physical, &families, properties.data());
  while (family + 1 < families && !(properties[family].queueFlags & VK_QUEUE_COMPUTE_BIT))
    ++family;
  float priority = 1;
  VkDeviceQueueCreateInfo queues{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, nullptr, 0, family, 1, &priority};
  VkDeviceCreateInfo info{
      VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, nullptr, 0, 1, &queues, 0, nullptr, 0, nullptr, nullptr};
  check(vkCreateDevice(physical, &info, nullptr, &device), "vkCreateDevice");
  vkGetDeviceQueue(device, family, 0, &queue);
}

VulkanHost::Pipeline VulkanHost::createPipeline(const std::vector<uint32_t> &spirv, uint32_t buffers, uint32_t sizes) {
  Pipeline result;
  std::vector<VkDescriptorSetLayoutBinding> bindings;
  for (uint32_t binding = 0; binding < buffers; ++binding)
    bindings.push_back({binding, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr});
  VkDescriptorSetLayoutCreateInfo set{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, nullptr, 0, buffers,
                                      bindings.data()};
  check(vkCreateDescriptorSetLayout(device, &set, nullptr, &result.setLayout), "vkCreateDescriptorSetLayout");
  VkPushConstantRange range{VK_SHADER_STAGE_COMPUTE_BIT, 0, 4 * sizes};
  VkPipelineLayoutCreateInfo layout{
      VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, nullptr, 0, 1, &result.setLayout, sizes ? 1u : 0u, &range};
  check(vkCreatePipelineLayout(device, &layout, nullptr, &result.layout), "vkCreatePipelineLayout");
  VkShaderModuleCreateInfo code{VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, nullptr, 0, 4 * spirv.size(),
                                spirv.data()};
  VkShaderModule module;
  check(vkCreateShaderModule(device, &code, nullptr, &module), "vkCreateShaderModule");
  VkComputePipelineCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
  info.stage = {VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                nullptr,
                0,
                VK_SHADER_STAGE_COMPUTE_BIT,
                module,
                "main",
                nullptr};
  info.layout = result.layout;
  check(vkCreateComputePipelines(device, VK_NULL_HANDLE, 1, &info, nullptr, &result.pipeline),
        "vkCreateComputePipelines");
  vkDestroyShaderModule(device, module, nullptr);
  return result;
}

VulkanHost::Buffer VulkanHost::createBuffer(const Words &words) {
  Buffer result;
  VkBufferCreateInfo info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
                          nullptr,
                          0,
                          4 * words.size(),
                          VK_BUFFER_USAGE_STORAGE_BUFFER_BIT,
                          VK_SHARING_MODE_EXCLUSIVE,
                          0,
                          nullptr};
  check(vkCreateBuffer(device, &info, nullptr, &result.buffer), "vkCreateBuffer");
  VkMemoryRequirements needs;
  vkGetBufferMemoryRequirements(device, result.buffer, &needs);
  VkPhysicalDeviceMemoryProperties memory;
  vkGetPhysicalDeviceMemoryProperties(physical, &memory);
  VkMemoryPropertyFlags wanted = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  uint32_t type = 0;
  while (!(needs.memoryTypeBits >> type & 1) || (memory.memoryTypes[type].propertyFlags & wanted) != wanted)
    if (++type == memory.memoryTypeCount)
      check(VK_ERROR_FEATURE_NOT_PRESENT, "host visible memory");
  VkMemoryAllocateInfo allocation{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, nullptr, needs.size, type};
  check(vkAllocateMemory(device, &allocation, nullptr, &result.memory), "vkAllocateMemory");
  check(vkBindBufferMemory(device, result.buffer, result.memory, 0), "vkBindBufferMemory");
  check(vkMapMemory(device, result.memory, 0, VK_WHOLE_SIZE, 0, &result.data), "vkMapMemory");
  std::memcpy(result.data, words.data(), 4 * words.size());
  return result;
}

VkDescriptorSet VulkanHost::createSet(const Pipeline &pipeline, const std::vector<Buffer> &buffers) {
  check(vkResetDescriptorPool(device, descriptors, 0), "vkResetDescriptorPool");
  VkDescriptorSetAllocateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, nullptr, descriptors, 1,
                                   &pipeline.setLayout};
  VkDescriptorSet set;
  check(vkAllocateDescriptorSets(device, &info, &set), "vkAllocateDescriptorSets");
  for (uint32_t binding = 0; binding < buffers.size(); ++binding) {
    VkDescriptorBufferInfo range{buffers[binding].buffer, 0, VK_WHOLE_SIZE};
    VkWriteDescriptorSet write{VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, nullptr, set,    binding, 0, 1,
                               VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,      nullptr, &range, nullptr};
    vkUpdateDescriptorSets(device, 1, &write, 0, nullptr);
  }
  return set;
}

void VulkanHost::submit(const Pipeline &pipeline, VkDescriptorSet set, const std::vector<int32_t> &sizes,
                        std::array<uint32_t, 3> groups) {
  VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, nullptr, commands,
                                   VK_COMMAND_BUFFER_LEVEL_PRIMARY, 1};
  VkCommandBuffer buffer;
  check(vkAllocateCommandBuffers(device, &info, &buffer), "vkAllocateCommandBuffers");
  VkCommandBufferBeginInfo begin{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, nullptr,
                                 VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT, nullptr};
  check(vkBeginCommandBuffer(buffer, &begin), "vkBeginCommandBuffer");
  vkCmdBindPipeline(buffer, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.pipeline);
  vkCmdBindDescriptorSets(buffer, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.layout, 0, 1, &set, 0, nullptr);
  if (!sizes.empty())
    vkCmdPushConstants(buffer, pipeline.layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, 4 * sizes.size(), sizes.data());
  vkCmdDispatch(buffer, groups[0], groups[1], groups[2]);
  check(vkEndCommandBuffer(buffer), "vkEndCommandBuffer");
  VkSubmitInfo submission{VK_STRUCTURE_TYPE_SUBMIT_INFO, nullptr, 0, nullptr, nullptr, 1, &buffer, 0, nullptr};
  check(vkQueueSubmit(queue, 1, &submission, VK_NULL_HANDLE), "vkQueueSubmit");
  check(vkQueueWaitIdle(queue), "vkQueueWaitIdle");
  vkFreeCommandBuffers(device, commands, 1, &buffer);
}

void VulkanHost::run(const std::vector<uint32_t> &spirv, std::vector<Words *> buffers,
                     const std::vector<int32_t> &sizes, std::array<uint32_t, 3> groups) {
  auto found = pipelines.find(spirv);
  if (found == pipelines.end())
    found = pipelines.emplace(spirv, createPipeline(spirv, buffers.size(), sizes.size())).first;
  std::vector<Buffer> memory;
  for (const Words *words : buffers)
    memory.push_back(createBuffer(*words));
  submit(found->second, createSet(found->second, memory), sizes, groups);
  for (size_t i = 0; i < buffers.size(); ++i) {
    std::memcpy(buffers[i]->data(), memory[i].data, 4 * buffers[i]->size());
    vkUnmapMemory(device, memory[i].memory);
    vkDestroyBuffer(device, memory[i].buffer, nullptr);
    vkFreeMemory(device, memory[i].memory, nullptr);
  }
}
