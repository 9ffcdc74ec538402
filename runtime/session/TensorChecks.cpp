// Checks of values, element by element.
#include "runtime/session/TensorChecks.h"

#include <algorithm>

namespace vae::runtime {

Status checkFinite(const HostTensor &tensor, const std::string &what) {
  std::optional<size_t> place = firstNonFinite(tensor.element(), tensor.bytes());
  if (!place)
    return {};
  if (tensor.shape().empty())
    return fail(StatusCode::nonFinite, what, " is NaN or infinite");
  return fail(StatusCode::nonFinite, what, " holds NaN or infinity, first at element ", *place, " of ", tensor.count());
}

/// " at [1, 4]", the coordinates of an element; nothing for a number alone.
static std::string placeText(const std::vector<int64_t> &shape, size_t element) {
  std::vector<int64_t> coordinates = shape;
  for (size_t axis = shape.size(); axis-- > 0; element /= static_cast<size_t>(shape[axis]))
    coordinates[axis] = static_cast<int64_t>(element % static_cast<size_t>(shape[axis]));
  return shape.empty() ? "" : " at " + shapeText(coordinates);
}

template <typename T> static Status checkRangeOf(const HostTensor &tensor, const Buffer &buffer) {
  std::span<const T> elements = tensor.as<T>();
  auto found = std::find_if(elements.begin(), elements.end(), [&](T element) {
    return static_cast<double>(element) < static_cast<double>(buffer.range->low) ||
           static_cast<double>(element) > static_cast<double>(buffer.range->high);
  });
  if (found == elements.end())
    return {};
  return fail(StatusCode::invalidArgument, "input '", buffer.name, "': ", static_cast<int64_t>(*found),
              placeText(tensor.shape(), static_cast<size_t>(found - elements.begin())), " is outside [",
              static_cast<int64_t>(buffer.range->low), ", ", static_cast<int64_t>(buffer.range->high), "]");
}

Status checkRange(const HostTensor &tensor, const Buffer &buffer) {
  if (!buffer.range)
    return {};
  switch (tensor.element()) {
  case ElementType::i32:
    return checkRangeOf<int32_t>(tensor, buffer);
  case ElementType::i64:
    return checkRangeOf<int64_t>(tensor, buffer);
  case ElementType::u8:
    return checkRangeOf<uint8_t>(tensor, buffer);
  default:
    return {};
  }
}

} // namespace vae::runtime
