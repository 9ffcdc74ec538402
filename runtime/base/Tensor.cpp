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

/// Index of the first word whose exponent bits are all ones.
template <typename Word> static std::optional<size_t> findExponent(std::span<const std::byte> bytes, Word exponent) {
  for (size_t i = 0; i < bytes.size() / sizeof(Word); ++i) {
    Word word;
    std::memcpy(&word, &bytes[i * sizeof(Word)], sizeof(Word));
    if ((word & exponent) == exponent)
      return i;
  }
  return std::nullopt;
}

std::optional<size_t> firstNonFinite(ElementType element, std::span<const std::byte> bytes) {
  switch (element) {
  case ElementType::f32:
    return findExponent<uint32_t>(bytes, 0x7f800000u);
  case ElementType::f64:
    return findExponent<uint64_t>(bytes, 0x7ff0000000000000u);
  case ElementType::f16:
    return findExponent<uint16_t>(bytes, 0x7c00u);
  case ElementType::bf16:
    return findExponent<uint16_t>(bytes, 0x7f80u);
  case ElementType::i32:
  case ElementType::u8:
  case ElementType::i64:
    return std::nullopt;
  }
  return std::nullopt;
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
