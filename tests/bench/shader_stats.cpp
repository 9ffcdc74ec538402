// Compiles the Vulkan kernels of packages with a driver that states what it makes of them, and prints that, one JSON
// object a kernel: registers, spills, code. Runs nothing, so RADV's null hardware will do; see shader_stats.py.
#include "runtime/package/Package.h"

#include <nlohmann/json.hpp>
#include <volk.h>

#include <cstdio>
#include <cstdlib>

using namespace vae::runtime;
using Json = nlohmann::ordered_json;

/// Ends the process with a message: 77, as ctest skips by, where the driver can't state anything.
[[noreturn]] static void stop(int code, const char *message) {
  std::fprintf(stderr, "shader-stats: %s\n", message);
  std::exit(code);
}

static void check(VkResult result, const char *what) {
  if (result != VK_SUCCESS)
    stop(1, what);
}

template <typename T> static T structure(VkStructureType type) {
  T result{};
  result.sType = type;
  return result;
}

namespace {

/// A device of the first driver found, with the extension that states what was compiled.
class Driver {
public:
  Driver();
  Json describe(const Kernel &kernel, const KernelCode &code) const;

private:
  void createDevice();
  VkPipelineLayout createLayout(const Kernel &kernel) const;
  VkPipeline createPipeline(const Kernel &kernel, const KernelCode &code) const;
  Json getStatistics(const VkPipelineExecutableInfoKHR &executable) const;
  std::string getAssembly(const VkPipelineExecutableInfoKHR &executable) const;

  VkPhysicalDevice physical = VK_NULL_HANDLE;
  VkDevice device = VK_NULL_HANDLE;
};

} // namespace

Driver::Driver() {
  if (volkInitialize() != VK_SUCCESS)
    stop(77, "there is no Vulkan loader");
  auto application = structure<VkApplicationInfo>(VK_STRUCTURE_TYPE_APPLICATION_INFO);
  application.apiVersion = VK_API_VERSION_1_2;
  auto info = structure<VkInstanceCreateInfo>(VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO);
  info.pApplicationInfo = &application;
  VkInstance instance;
  if (vkCreateInstance(&info, nullptr, &instance) != VK_SUCCESS)
    stop(77, "there is no Vulkan driver");
  volkLoadInstance(instance);
  uint32_t count = 1;
  vkEnumeratePhysicalDevices(instance, &count, &physical);
  if (count == 0)
    stop(77, "the Vulkan driver has no device");
  createDevice();
}

void Driver::createDevice() {
  uint32_t count = 0;
  vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> extensions(count);
  vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, extensions.data());
  const char *name = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
  bool states = false;
  for (const VkExtensionProperties &extension : extensions)
    states |= std::string_view(extension.extensionName) == name;
  if (!states)
    stop(77, "the Vulkan driver does not state what it compiles to");
  float priority = 1;
  auto queue = structure<VkDeviceQueueCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO);
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  auto feature = structure<VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR);
  feature.pipelineExecutableInfo = VK_TRUE;
  auto info = structure<VkDeviceCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO);
  info.pNext = &feature;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  info.enabledExtensionCount = 1;
  info.ppEnabledExtensionNames = &name;
  check(vkCreateDevice(physical, &info, nullptr, &device), "the Vulkan device could not be made");
  volkLoadDevice(device);
}

/// Buffers by position, sizes as push constants, as the runtime binds them.
VkPipelineLayout Driver::createLayout(const Kernel &kernel) const {
  std::vector<VkDescriptorSetLayoutBinding> bindings;
  for (uint32_t binding = 0; binding < kernel.accesses.size(); ++binding)
    bindings.push_back({binding, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr});
  auto setInfo = structure<VkDescriptorSetLayoutCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO);
  setInfo.bindingCount = static_cast<uint32_t>(bindings.size());
  setInfo.pBindings = bindings.data();
  VkDescriptorSetLayout set;
  check(vkCreateDescriptorSetLayout(device, &setInfo, nullptr, &set), "a set layout could not be made");
  VkPushConstantRange range{VK_SHADER_STAGE_COMPUTE_BIT, 0, 4 * kernel.sizeCount};
  auto info = structure<VkPipelineLayoutCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO);
  info.setLayoutCount = 1;
  info.pSetLayouts = &set;
  info.pushConstantRangeCount = kernel.sizeCount > 0 ? 1 : 0;
  info.pPushConstantRanges = &range;
  VkPipelineLayout layout;
  check(vkCreatePipelineLayout(device, &info, nullptr, &layout), "a pipeline layout could not be made");
  return layout;
}

VkPipeline Driver::createPipeline(const Kernel &kernel, const KernelCode &code) const {
  auto moduleInfo = structure<VkShaderModuleCreateInfo>(VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
  moduleInfo.codeSize = code.code.size();
  moduleInfo.pCode = reinterpret_cast<const uint32_t *>(code.code.data());
  VkShaderModule module;
  check(vkCreateShaderModule(device, &moduleInfo, nullptr, &module), "a shader module could not be made");
  auto info = structure<VkComputePipelineCreateInfo>(VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO);
  info.flags =
      VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR | VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR;
  info.stage = structure<VkPipelineShaderStageCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO);
  info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  info.stage.module = module;
  info.stage.pName = "main";
  info.layout = createLayout(kernel);
  VkPipeline pipeline;
  check(vkCreateComputePipelines(device, VK_NULL_HANDLE, 1, &info, nullptr, &pipeline), kernel.name.c_str());
  return pipeline;
}

Json Driver::getStatistics(const VkPipelineExecutableInfoKHR &executable) const {
  uint32_t count = 0;
  check(vkGetPipelineExecutableStatisticsKHR(device, &executable, &count, nullptr), "no statistics");
  std::vector<VkPipelineExecutableStatisticKHR> statistics(
      count, structure<VkPipelineExecutableStatisticKHR>(VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR));
  check(vkGetPipelineExecutableStatisticsKHR(device, &executable, &count, statistics.data()), "no statistics");
  Json result;
  for (const VkPipelineExecutableStatisticKHR &statistic : statistics)
    result[statistic.name] = statistic.value.u64;
  return result;
}

std::string Driver::getAssembly(const VkPipelineExecutableInfoKHR &executable) const {
  using Text = VkPipelineExecutableInternalRepresentationKHR;
  uint32_t count = 0;
  check(vkGetPipelineExecutableInternalRepresentationsKHR(device, &executable, &count, nullptr), "no code");
  std::vector<Text> texts(count, structure<Text>(VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR));
  check(vkGetPipelineExecutableInternalRepresentationsKHR(device, &executable, &count, texts.data()), "no code");
  std::vector<std::string> contents;
  contents.reserve(texts.size());
  for (Text &text : texts)
    text.pData = contents.emplace_back(text.dataSize, '\0').data();
  check(vkGetPipelineExecutableInternalRepresentationsKHR(device, &executable, &count, texts.data()), "no code");
  for (size_t i = 0; i < texts.size(); ++i)
    if (std::string_view(texts[i].name) == "Assembly")
      return contents[i].c_str();
  return "";
}

Json Driver::describe(const Kernel &kernel, const KernelCode &code) const {
  auto info = structure<VkPipelineInfoKHR>(VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR);
  info.pipeline = createPipeline(kernel, code);
  auto executable = structure<VkPipelineExecutableInfoKHR>(VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR);
  executable.pipeline = info.pipeline;
  Json result = {{"kernel", kernel.name}, {"strategy", code.strategy}};
  for (const GridAxis &axis : code.grid) {
    int64_t fixed = 1;
    for (const GridFactor &factor : axis.factors)
      fixed *= factor.size < 0 ? factor.constant : 1;
    result["grid"].push_back(fixed);
  }
  result["statistics"] = getStatistics(executable);
  result["assembly"] = getAssembly(executable);
  vkDestroyPipeline(device, info.pipeline, nullptr);
  return result;
}

int main(int argc, char **argv) {
  if (argc < 2)
    stop(2, "usage: shader-stats PACKAGE...");
  Driver driver;
  for (int i = 1; i < argc; ++i) {
    auto package = Package::open(argv[i]);
    if (!package.ok())
      stop(1, package.status().message().c_str());
    for (const Kernel &kernel : (*package)->kernels())
      if (const KernelCode *code = kernel.codeFor("vulkan", CodeKind::spirv))
        std::printf("%s\n", driver.describe(kernel, *code).dump().c_str());
  }
  return 0;
}
