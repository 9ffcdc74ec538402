// Amounts of memory: text to bytes, and what the process has.
#include "runtime/vae-run/inputs/MemoryText.h"
#include "runtime/base/Checked.h"

#include <cctype>
#include <cmath>
#include <fstream>
#include <string>
#include <unistd.h>

namespace vae::runtime::tool {

/// What a unit stands for; nothing for other words.
static std::optional<double> bytesOfUnit(const std::string &unit) {
  constexpr std::string_view prefixes = "kmgt";
  if (unit.empty() || unit == "b")
    return 1;
  size_t power = prefixes.find(unit[0]);
  std::string rest = unit.substr(1);
  if (power == std::string_view::npos || (rest != "b" && rest != "ib" && !rest.empty() && rest != "i"))
    return std::nullopt;
  return std::pow(rest.starts_with("i") ? 1024.0 : 1000.0, static_cast<double>(power + 1));
}

std::optional<uint64_t> memoryOf(std::string_view text) {
  size_t digits = text.find_first_not_of("0123456789.");
  std::optional<double> number = parseNumber<double>(text.substr(0, digits));
  std::string unit;
  for (char c : text.substr(std::min(digits, text.size())))
    if (c != ' ')
      unit += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::optional<double> factor = bytesOfUnit(unit);
  if (!number || !factor || !(*number * *factor >= 1) || *number * *factor > 0x1p63)
    return std::nullopt;
  return static_cast<uint64_t>(*number * *factor);
}

uint64_t residentMemory() {
  uint64_t all = 0, resident = 0; // pages
  std::ifstream file("/proc/self/statm");
  return file >> all >> resident ? resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

} // namespace vae::runtime::tool
