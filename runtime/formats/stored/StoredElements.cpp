// Conversions that keep values.
#include "runtime/formats/stored/StoredElements.h"
#include "runtime/base/Checked.h"
#include "runtime/formats/stored/Halves.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace vae::runtime {
namespace {

struct Half {
  uint16_t bits;
};
struct Brain {
  uint16_t bits;
};
struct Boolean {
  uint8_t bits;
};

/// The value of an element as a number of C++.
template <typename T> T valueOf(T number) { return number; }
int32_t valueOf(Boolean truth) { return truth.bits != 0; }
float valueOf(Half half) { return halfToFloat(half.bits); }
float valueOf(Brain brain) { return brainToFloat(brain.bits); }

/// Calls `visit` with the C++ type of elements of `type`.
template <typename Visit> auto visitType(StoredType type, Visit visit) {
  bool is64 = type.width == 8, is32 = type.width == 4, is16 = type.width == 2;
  switch (type.kind) {
  case NumberKind::boolean:
    return visit(Boolean());
  case NumberKind::real:
    return is64 ? visit(double()) : is32 ? visit(float()) : visit(Half());
  case NumberKind::brain:
    return visit(Brain());
  case NumberKind::signedInteger:
    return is64 ? visit(int64_t()) : is32 ? visit(int32_t()) : is16 ? visit(int16_t()) : visit(int8_t());
  case NumberKind::unsignedInteger:
    break;
  }
  return is64 ? visit(uint64_t()) : is32 ? visit(uint32_t()) : is16 ? visit(uint16_t()) : visit(uint8_t());
}

template <typename T> T loadElement(const std::byte *from, bool bigEndian) {
  std::array<std::byte, sizeof(T)> bytes;
  std::copy_n(from, sizeof(T), bytes.begin());
  if (bigEndian)
    std::reverse(bytes.begin(), bytes.end());
  return std::bit_cast<T>(bytes);
}

/// `value` as a To, or nothing where that is another number. Real numbers are rounded.
template <typename To, typename From> std::optional<To> keptAs(From value) {
  if constexpr (std::is_integral_v<To> && std::is_integral_v<From>)
    return checkedNarrow<To>(value);
  else if constexpr (std::is_integral_v<To>) {
    constexpr From low = static_cast<From>(std::numeric_limits<To>::lowest());
    constexpr From beyond = std::is_signed_v<To> ? -low : static_cast<From>(256); // u8
    bool whole = value >= low && value < beyond && std::trunc(value) == value;
    return whole ? std::optional(static_cast<To>(value)) : std::nullopt;
  } else {
    To result = static_cast<To>(value);
    // A long double holds every number of 64 bits.
    bool kept = std::is_floating_point_v<From> ? std::isinf(result) == std::isinf(static_cast<double>(value))
                                               : static_cast<long double>(result) == static_cast<long double>(value);
    return kept ? std::optional(result) : std::nullopt;
  }
}

template <typename Number> std::string numberText(Number number) {
  if constexpr (std::is_integral_v<Number>)
    return std::to_string(number);
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", static_cast<double>(number));
  return text;
}

template <typename To, typename From>
std::optional<Misfit> convertAs(std::span<const std::byte> stored, bool bigEndian, std::span<std::byte> out) {
  for (size_t i = 0; i < stored.size() / sizeof(From); ++i) {
    auto value = valueOf(loadElement<From>(stored.data() + i * sizeof(From), bigEndian));
    std::optional<To> kept = keptAs<To>(value);
    if (!kept)
      return Misfit{i, numberText(value)};
    std::memcpy(out.data() + i * sizeof(To), &*kept, sizeof(To));
  }
  return std::nullopt;
}

/// The same elements in the byte order of this machine.
std::optional<Misfit> copyElements(std::span<const std::byte> stored, StoredType type, std::span<std::byte> out) {
  std::copy(stored.begin(), stored.end(), out.begin());
  for (size_t i = 0; type.bigEndian && type.width > 1 && i < stored.size(); i += type.width)
    std::reverse(out.data() + i, out.data() + i + type.width);
  return std::nullopt;
}

} // namespace

StoredType storedTypeOf(ElementType element) {
  uint8_t width = static_cast<uint8_t>(elementSize(element));
  switch (element) {
  case ElementType::u8:
    return {NumberKind::unsignedInteger, width};
  case ElementType::i32:
  case ElementType::i64:
    return {NumberKind::signedInteger, width};
  case ElementType::bf16:
    return {NumberKind::brain, width};
  default:
    return {NumberKind::real, width};
  }
}

std::string storedName(StoredType type) {
  constexpr std::string_view letters = "?iuf";
  if (type.kind == NumberKind::boolean || type.kind == NumberKind::brain)
    return type.kind == NumberKind::boolean ? "bool" : "bf16";
  return concat(letters[static_cast<size_t>(type.kind)], 8 * type.width);
}

ElementType elementOf(StoredType type) {
  if (type.kind == NumberKind::brain)
    return ElementType::bf16;
  if (type.kind == NumberKind::real)
    return type.width == 8 ? ElementType::f64 : type.width == 4 ? ElementType::f32 : ElementType::f16;
  if (type.kind == NumberKind::unsignedInteger && type.width == 1)
    return ElementType::u8;
  bool wide = type.width == 8 || (type.width == 4 && type.kind == NumberKind::unsignedInteger);
  return wide ? ElementType::i64 : ElementType::i32;
}

std::optional<Misfit> convertElements(std::span<const std::byte> stored, StoredType type, ElementType to,
                                      std::span<std::byte> out) {
  if (storedTypeOf(to) == StoredType{type.kind, type.width})
    return copyElements(stored, type, out);
  return visitType(type, [&]<typename From>(From) -> std::optional<Misfit> {
    switch (to) {
    case ElementType::f32:
      return convertAs<float, From>(stored, type.bigEndian, out);
    case ElementType::f64:
      return convertAs<double, From>(stored, type.bigEndian, out);
    case ElementType::i32:
      return convertAs<int32_t, From>(stored, type.bigEndian, out);
    case ElementType::i64:
      return convertAs<int64_t, From>(stored, type.bigEndian, out);
    case ElementType::u8:
      return convertAs<uint8_t, From>(stored, type.bigEndian, out);
    default:
      return Misfit{0, "a number of " + storedName(type)};
    }
  });
}

} // namespace vae::runtime
