// Element types and host tensors.
#include "runtime/base/Tensor.h"
#include "runtime/base/Checked.h"

#include <cstring>

namespace vae::runtime {

uint64_t elementSize(ElementType element) {
  constexpr uint64_t sizes[elementTypeCount] = {4, 4, 1, 8, 2, 2, 8};
  return sizes[static_cast<uint8_t>(element)];
}

std::string_view elementName(ElementType element) {
  constexpr std::string_view names[elementTypeCount] = {"f32", "i32", "u8", "i64", "f16", "bf16", "f64"};
  return names[static_cast<uint8_t>(element)];
}

std::string shapeText(std::span<const int64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

Result<HostTensor> HostTensor::create(ElementType element, std::vector<int64_t> shape, Allocator &allocator) {
  std::optional<uint64_t> bytes = checkedByteSize(shape, elementSize(element));
  if (!bytes)
    return fail(StatusCode::invalidArgument, "the shape ", shapeText(shape), " is out of range");
  HostTensor tensor;
  VAE_ASSIGN_OR_RETURN(tensor.buffer, HostBuffer::allocate(*bytes, HostBuffer::defaultAlignment, allocator));
  tensor.type = element;
  tensor.sizes = std::move(shape);
  return tensor;
}

Result<HostTensor> HostTensor::copyOf(ElementType element, std::vector<int64_t> shape,
                                      std::span<const std::byte> bytes) {
  std::optional<uint64_t> size = checkedByteSize(shape, elementSize(element));
  if (!size || *size != bytes.size())
    return fail(StatusCode::invalidArgument, bytes.size(), " bytes do not fill ", elementName(element),
                shapeText(shape));
  VAE_ASSIGN_OR_RETURN(HostTensor tensor, create(element, std::move(shape)));
  if (!bytes.empty())
    std::memcpy(tensor.bytes().data(), bytes.data(), bytes.size());
  return tensor;
}

Status HostTensor::reshape(std::vector<int64_t> shape) {
  std::optional<uint64_t> wanted = checkedProduct(shape);
  if (!wanted || *wanted != count())
    return fail(StatusCode::invalidArgument, "cannot reshape ", shapeText(sizes), " to ", shapeText(shape));
  sizes = std::move(shape);
  return {};
}

} // namespace vae::runtime
