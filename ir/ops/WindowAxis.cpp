// How many windows there are, and what they span.
#include "ir/ops/WindowAxis.h"

using namespace vae;

std::optional<Size> WindowAxis::windows(const Size &size) const {
  Size room = size + Size(before + after - extent());
  // A size that the model declares as a fraction is whole, and stays that fraction under a stride of one.
  Size count = (stride == 1 ? room : room.divide(Size(stride))->floor()) + Size(1);
  return count.postfix().size() <= largestFormula ? std::optional(count) : std::nullopt;
}

Size WindowAxis::span(const Size &count) const {
  return (count - Size(1)) * Size(stride) + Size(extent() - before - after);
}

bool WindowAxis::spreads(const Size &count, const Size &size) const {
  if (std::optional<int64_t> rest = (size - span(count)).getConstant())
    return *rest >= 0 && *rest < largestRest();
  return windows(size) == count;
}
