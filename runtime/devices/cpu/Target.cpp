// CPUID, and the choice of a target.
#include "runtime/devices/cpu/Target.h"

#include <algorithm>

#if defined(__x86_64__)
#include <cpuid.h>
#include <cstring>
#endif

namespace vae::runtime::cpu {

std::vector<std::string> supportedTargets() {
  std::vector<std::string> targets;
#if defined(__x86_64__)
  // These also ask the operating system (XGETBV) whether it saves the wide registers.
  __builtin_cpu_init();
  bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
            __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("f16c") && __builtin_cpu_supports("lzcnt") &&
            __builtin_cpu_supports("movbe");
  bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl");
  if (v4)
    targets.push_back("x86-64-v4");
  if (v3)
    targets.push_back("x86-64-v3");
#endif
  return targets;
}

static std::string joined(std::span<const std::string> names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

Result<std::string> chooseTarget(std::span<const std::string> supported, std::span<const std::string> available,
                                 std::string_view forced) {
  auto has = [](std::span<const std::string> list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  if (!forced.empty() && !has(supported, forced))
    return fail(StatusCode::unsupported, "this processor doesn't run the target '", forced, "'; it runs ",
                joined(supported));
  for (const std::string &target : supported)
    if (has(available, target) && (forced.empty() || forced == target))
      return target;
  if (!forced.empty())
    return fail(StatusCode::unsupported, "the package has no code for the target '", forced, "'; it has ",
                joined(available));
  return fail(StatusCode::unsupported, "the package has no code for this processor: it has ", joined(available),
              ", the processor runs ", joined(supported));
}

std::string processorName() {
#if defined(__x86_64__)
  uint32_t words[12] = {};
  char name[sizeof(words) + 1] = {};
  for (uint32_t i = 0; i < 3; ++i)
    if (!__get_cpuid(0x80000002 + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2], &words[4 * i + 3]))
      return "x86-64 processor";
  std::memcpy(name, words, sizeof(words));
  std::string text(name);
  text.erase(0, text.find_first_not_of(' '));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
#else
  return "processor";
#endif
}

} // namespace vae::runtime::cpu
