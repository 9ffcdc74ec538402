// Checked integer arithmetic: every number that comes from a file passes through here before it becomes a size or an
// offset.
#ifndef VAE_RUNTIME_BASE_CHECKED_H
#define VAE_RUNTIME_BASE_CHECKED_H

#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

namespace vae::runtime {

/// a + b, or nothing where it overflows.
template <std::integral T> constexpr std::optional<T> checkedAdd(T a, T b) {
  T result{};
  if (__builtin_add_overflow(a, b, &result))
    return std::nullopt;
  return result;
}

/// a - b, or nothing where it overflows (below zero for unsigned types).
template <std::integral T> constexpr std::optional<T> checkedSub(T a, T b) {
  T result{};
  if (__builtin_sub_overflow(a, b, &result))
    return std::nullopt;
  return result;
}

/// a * b, or nothing where it overflows.
template <std::integral T> constexpr std::optional<T> checkedMul(T a, T b) {
  T result{};
  if (__builtin_mul_overflow(a, b, &result))
    return std::nullopt;
  return result;
}

/// `value` as a To, or nothing where To cannot hold it.
template <std::integral To, std::integral From> constexpr std::optional<To> checkedNarrow(From value) {
  To result{};
  if (__builtin_add_overflow(value, From{0}, &result))
    return std::nullopt;
  return result;
}

/// All of `text` as a number in C's notation, whatever the locale, or nothing.
template <typename T> std::optional<T> parseNumber(std::string_view text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// The next multiple of `alignment` (a power of two) that is >= value, or nothing where it overflows.
template <std::unsigned_integral T> constexpr std::optional<T> checkedAlign(T value, T alignment) {
  if (alignment == 0 || (alignment & (alignment - 1)) != 0)
    return std::nullopt;
  std::optional<T> sum = checkedAdd<T>(value, alignment - 1);
  if (!sum)
    return std::nullopt;
  return static_cast<T>(*sum & ~(alignment - 1));
}

/// Whether [offset, offset + size) lies within [0, limit).
constexpr bool checkedRange(uint64_t offset, uint64_t size, uint64_t limit) {
  return offset <= limit && size <= limit - offset;
}

/// The product of non-negative sizes (1 for none), or nothing where one is negative or the product exceeds 2^63 - 1.
/// A zero anywhere gives zero, but the others must still multiply without overflow: a hostile shape is refused either
/// way.
inline std::optional<uint64_t> checkedProduct(std::span<const int64_t> sizes) {
  int64_t product = 1;
  bool zero = false;
  for (int64_t size : sizes) {
    if (size < 0)
      return std::nullopt;
    zero |= size == 0;
    std::optional<int64_t> next = checkedMul<int64_t>(product, size == 0 ? 1 : size);
    if (!next)
      return std::nullopt;
    product = *next;
  }
  return zero ? 0 : static_cast<uint64_t>(product);
}

/// Bytes of a dense tensor, or nothing as in checkedProduct.
inline std::optional<uint64_t> checkedByteSize(std::span<const int64_t> shape, uint64_t elementSize) {
  std::optional<uint64_t> count = checkedProduct(shape);
  if (!count)
    return std::nullopt;
  std::optional<uint64_t> bytes = checkedMul<uint64_t>(*count, elementSize);
  if (!bytes || *bytes > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    return std::nullopt;
  return bytes;
}

/// The little-endian T at `offset`, or nothing where the bytes end before it does.
template <typename T> std::optional<T> readLittle(std::span<const std::byte> bytes, uint64_t offset) {
  static_assert(std::endian::native == std::endian::little, "the runtime supports little-endian machines");
  if (!checkedRange(offset, sizeof(T), bytes.size()))
    return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

} // namespace vae::runtime

#endif // VAE_RUNTIME_BASE_CHECKED_H
