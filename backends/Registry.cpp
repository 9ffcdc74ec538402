// The backends by target name: the one place that names them all.
#include "backends/Backend.h"
#include "backends/TargetLimits.h"
#include "backends/cpu/CpuBackend.h"
#include "backends/vulkan/VulkanBackend.h"

using namespace llvm;
using namespace vae;

namespace {

struct BackendEntry {
  SmallVector<StringRef> targets;
  unsigned maxBuffers;                                      // of one kernel for one of its targets
  StringRef hostTarget;                                     // the one for this machine
  std::unique_ptr<Backend> (*create)(llvm::StringRef name); // of one of its targets
};

} // namespace

static ArrayRef<BackendEntry> getBackends() {
  static const BackendEntry backends[] = {
      {cpu::getTargetNames(), cpu::maxKernelBuffers, cpu::getHostTarget(), cpu::createCpuBackend},
      {{vulkanTarget}, maxShaderBuffers, vulkanTarget, [](StringRef) { return createVulkanBackend(); }},
  };
  return backends;
}

static const BackendEntry *findBackend(StringRef target) {
  return find_if(getBackends(), [&](const BackendEntry &backend) { return is_contained(backend.targets, target); });
}

std::unique_ptr<Backend> vae::createBackend(StringRef target) {
  const BackendEntry *backend = findBackend(target);
  return backend == getBackends().end() ? nullptr : backend->create(target);
}

unsigned vae::getMaxBuffers(StringRef target) { return findBackend(target)->maxBuffers; }

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
