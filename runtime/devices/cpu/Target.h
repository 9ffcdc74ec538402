// Which compiled targets this processor can run.
#ifndef VAE_RUNTIME_DEVICES_CPU_TARGET_H
#define VAE_RUNTIME_DEVICES_CPU_TARGET_H

#include "runtime/base/Status.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vae::runtime::cpu {

/// The targets that this processor runs, best first: "x86-64-v4", "x86-64-v3".
std::vector<std::string> supportedTargets();

/// The best supported target among `available`; `forced`, where not empty, is taken or refused. unsupported names both
/// lists.
Result<std::string> chooseTarget(std::span<const std::string> supported, std::span<const std::string> available,
                                 std::string_view forced);

/// The processor's name: "AMD EPYC 9354 32-Core Processor".
std::string processorName();

} // namespace vae::runtime::cpu

#endif // VAE_RUNTIME_DEVICES_CPU_TARGET_H
