// How many windows there are, and what they span.
#include "ir/ops/WindowAxis.h"
#include "llvm/Support/MathExtras.h"

using namespace vae;

std::optional<Size> WindowAxis::windows(const Size &size) const {
  Size room = size + Size(before + after - extent());
  std::optional<int64_t> constant = room.evaluateAt(0);
  if (!constant)
    return std::nullopt;
  return *(room - Size(*constant)).divide(Size(stride)) + Size(llvm::divideFloorSigned(*constant, stride) + 1);
}

Size WindowAxis::span(const Size &count) const {
  return (count - Size(1)) * Size(stride) + Size(extent() - before - after);
}
