// The backends by target name: the one place that names them all.
#include "backends/Backend.h"
#include "backends/cpu/CpuBackend.h"
#include "backends/vulkan/VulkanBackend.h"

using namespace llvm;
using namespace vae;

namespace {

struct BackendEntry {
  SmallVector<StringRef> targets;
  StringRef hostTarget;                                     // the one for this machine
  std::unique_ptr<Backend> (*create)(llvm::StringRef name); // of one of its targets
};

} // namespace

static ArrayRef<BackendEntry> getBackends() {
  static const BackendEntry backends[] = {
      {cpu::getTargetNames(), cpu::getHostTarget(), cpu::createCpuBackend},
      {{vulkanTarget}, vulkanTarget, [](StringRef) { return createVulkanBackend(); }},
  };
  return backends;
}

std::unique_ptr<Backend> vae::createBackend(StringRef target) {
  for (const BackendEntry &backend : getBackends())
    if (is_contained(backend.targets, target))
      return backend.create(target);
  return nullptr;
}

ArrayRef<StringRef> vae::getTargetNames() {
  static const std::vector<StringRef> names = [] {
    std::vector<StringRef> result;
    for (const BackendEntry &backend : getBackends())
      append_range(result, backend.targets);
    return result;
  }();
  return names;
}

ArrayRef<StringRef> vae::getHostTargets() {
  static const std::vector<StringRef> names = [] {
    std::vector<StringRef> result;
    for (const BackendEntry &backend : getBackends())
      result.push_back(backend.hostTarget);
    return result;
  }();
  return names;
}
