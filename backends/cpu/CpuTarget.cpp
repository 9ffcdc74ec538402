// The table of CPU targets.
#include "backends/cpu/CpuTarget.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/TargetParser/Host.h"
#include <array>

using namespace vae::cpu;

// 12 x 32 takes 24 of 32 zmm registers for accumulators, 6 x 16 takes 12 of 16 ymm: the widest tiles that leave room
// for the operands.
static constexpr CpuTarget targets[] = {
    {"x86-64-v3", /*vectorWidth=*/8, /*tileRows=*/6, /*tileColumns=*/16},
    {"x86-64-v4", /*vectorWidth=*/16, /*tileRows=*/12, /*tileColumns=*/32},
};

llvm::SmallVector<llvm::StringRef> vae::cpu::getTargetNames() {
  return llvm::to_vector(
      llvm::map_range(targets, [](const CpuTarget &target) -> llvm::StringRef { return target.name; }));
}

llvm::StringRef vae::cpu::getHostTarget() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  bool v4 = llvm::all_of(std::array{"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
                         [&](const char *feature) { return features.lookup(feature); });
  return targets[v4].name;
}

const CpuTarget *vae::cpu::findTarget(llvm::StringRef name) {
  const CpuTarget *target = llvm::find_if(targets, [&](const CpuTarget &candidate) { return candidate.name == name; });
  return target == std::end(targets) ? nullptr : target;
}
