// How much memory each layout takes.
#include "runtime/package/Layout.h"
#include "runtime/abi/kernel.h"
#include "runtime/base/Checked.h"

#include <array>

namespace vae::runtime {

std::optional<uint64_t> storageBytes(ElementType element, std::span<const int64_t> shape, Layout layout) {
  if (layout == Layout::rowMajor || shape.size() != 2)
    return checkedByteSize(shape, elementSize(element));
  std::optional<int64_t> padded = checkedAdd<int64_t>(shape[0], VAE_PANEL_WIDTH - 1);
  if (!padded || shape[0] < 0)
    return std::nullopt;
  std::array<int64_t, 2> rounded = {*padded / VAE_PANEL_WIDTH * VAE_PANEL_WIDTH, shape[1]};
  return checkedByteSize(rounded, elementSize(element));
}

} // namespace vae::runtime
