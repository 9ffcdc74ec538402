// Tensors beside a device's limits, and sizes that would fit.
#include "runtime/session/sizes/TensorLimits.h"

#include <algorithm>

namespace vae::runtime {
namespace {

bool fits(const Package &package, const PackageProgram &program, std::vector<int64_t> symbols,
          const DeviceLimits &limits) {
  Result<SizedProgram> sized = sizeProgram(package, program, std::move(symbols), limits.alignment);
  return sized.ok() && *std::max_element(sized->bytes.begin(), sized->bytes.end()) <= limits.maxStorageRange;
}

/// The most of `1 .. most` that is good, where all below the most are, too; 0 where none is.
template <typename Good> int64_t largest(int64_t most, Good good) {
  int64_t found = 0;
  for (int64_t low = 1, high = most; low <= high;) {
    const int64_t middle = low + (high - low) / 2;
    const bool isGood = good(middle);
    found = isGood ? middle : found;
    low = isGood ? middle + 1 : low;
    high = isGood ? high : middle - 1;
  }
  return found;
}

/// "H = 8, or W = 8, or H = 45, W = 45": tensors grow with sizes. A value that the model's divisions refuse counts as too
/// large, so that what is said fits, and something larger may.
std::string listFitting(const Package &package, const PackageProgram &program, const std::vector<int64_t> &symbols,
                        const DeviceLimits &limits) {
  std::string text;
  auto add = [&](std::string_view between, size_t symbol, int64_t value) {
    text += concat(text.empty() ? "" : between, program.symbols[symbol], " = ", value);
  };
  for (size_t i = 0; i < symbols.size(); ++i) {
    std::vector<int64_t> sizes = symbols;
    if (int64_t most = largest(symbols[i] - 1, [&](int64_t value) {
          sizes[i] = value;
          return fits(package, program, sizes, limits);
        }))
      add(", or ", i, most);
  }
  constexpr int64_t parts = 64;
  auto scaled = [&](int64_t part) {
    std::vector<int64_t> sizes = symbols;
    for (int64_t &size : sizes)
      size = std::max<int64_t>(1, size / parts * part + size % parts * part / parts);
    return sizes;
  };
  const int64_t part = largest(parts - 1, [&](int64_t some) { return fits(package, program, scaled(some), limits); });
  const std::vector<int64_t> sizes = scaled(part);
  if (part > 0 && std::count_if(symbols.begin(), symbols.end(), [](int64_t size) { return size > 1; }) > 1)
    for (size_t i = 0, first = text.size(); i < symbols.size(); ++i)
      if (symbols[i] > 1)
        add(text.size() == first ? ", or " : ", ", i, sizes[i]);
  return text;
}

} // namespace

Status checkTensors(const Package &package, const PackageProgram &program, const SizedProgram &sized,
                    const DeviceLimits &limits, std::string_view device) {
  auto most = std::max_element(sized.bytes.begin(), sized.bytes.end());
  if (most == sized.bytes.end() || *most <= limits.maxStorageRange)
    return {};
  const auto index = static_cast<uint32_t>(most - sized.bytes.begin());
  const std::string &name = program.buffers[index].name, maker = makerOf(package, program, index);
  const std::string fitting = listFitting(package, program, sized.symbols, limits);
  return fail(StatusCode::outOfMemory, programText(program, sized.symbols), ": ",
              name.empty() ? "a tensor" : concat('\'', name, '\''), maker.empty() ? "" : " of ", maker, " has ", *most,
              " bytes; ", device, " allows ", limits.maxStorageRange, " for one tensor",
              fitting.empty() ? "" : ". What fits: ", fitting);
}

} // namespace vae::runtime
