// A small Vulkan host for tests of shaders: one device, validation messages counted, one dispatch at a time.
#ifndef VAE_TESTS_BACKENDS_VULKAN_VULKANHOST_H
#define VAE_TESTS_BACKENDS_VULKAN_VULKANHOST_H

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>
#include <vulkan/vulkan.h>

namespace vae::tests {

/// Words of a buffer, floats or integers by bit pattern.
using Words = std::vector<uint32_t>;

/// Core and synchronisation validation are on; with VAE_GPU_VALIDATION in the environment GPU-assisted validation too,
/// which sees accesses beyond a buffer. Any message becomes part of `messages`.
class VulkanHost {
public:
  /// The first software device, else the first device; the process's one host. Ends the process with a message where
  /// there is none.
  static VulkanHost &get();

  /// Runs a shader once. Each buffer becomes a VkBuffer of exactly its size, bound to set 0 by position, and is read
  /// back.
  void run(const std::vector<uint32_t> &spirv, std::vector<Words *> buffers, const std::vector<int32_t> &sizes,
           std::array<uint32_t, 3> groups);

  std::vector<std::string> messages;

private:
  struct Pipeline {
    VkDescriptorSetLayout setLayout;
    VkPipelineLayout layout;
    VkPipeline pipeline;
  };
  struct Buffer {
    VkBuffer buffer;
    VkDeviceMemory memory;
    void *data;
  };

  VulkanHost();
  void createInstance();
  void createDevice();
  Pipeline createPipeline(const std::vector<uint32_t> &spirv, uint32_t buffers, uint32_t sizes);
  Buffer createBuffer(const Words &words);
  VkDescriptorSet createSet(const Pipeline &pipeline, const std::vector<Buffer> &buffers);
  void submit(const Pipeline &pipeline, VkDescriptorSet set, const std::vector<int32_t> &sizes,
              std::array<uint32_t, 3> groups);

  VkInstance instance;
  VkPhysicalDevice physical;
  VkDevice device;
  VkQueue queue;
  uint32_t family = 0;
  VkCommandPool commands;
  VkDescriptorPool descriptors;
  std::map<std::vector<uint32_t>, Pipeline> pipelines;
};

} // namespace vae::tests

#endif // VAE_TESTS_BACKENDS_VULKAN_VULKANHOST_H
