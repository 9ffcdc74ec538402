// The backends by target name.
#include "backends/Backend.h"
#include "backends/cpu/CpuBackend.h"
#include "backends/vulkan/VulkanBackend.h"

using namespace vae;

std::unique_ptr<Backend> vae::createBackend(llvm::StringRef target) {
  if (const cpu::CpuTarget *found = cpu::findTarget(target))
    return cpu::createCpuBackend(*found);
  return target == "vulkan" ? createVulkanBackend() : nullptr;
}

llvm::ArrayRef<llvm::StringRef> vae::getTargetNames() {
  static const std::vector<llvm::StringRef> names = [] {
    std::vector<llvm::StringRef> result;
    for (const cpu::CpuTarget &target : cpu::getTargets())
      result.push_back(target.name);
    result.push_back("vulkan");
    return result;
  }();
  return names;
}
