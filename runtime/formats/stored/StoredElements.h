// Numbers as they lie in files: more types than programs compute with, and both byte orders.
#ifndef VAE_RUNTIME_FORMATS_STORED_STOREDELEMENTS_H
#define VAE_RUNTIME_FORMATS_STORED_STOREDELEMENTS_H

#include "runtime/base/Tensor.h"

#include <optional>

namespace vae::runtime {

/// `brain` is bf16, the upper half of an f32.
enum class NumberKind : uint8_t { boolean, signedInteger, unsignedInteger, real, brain };

/// A type of numbers in a file.
struct StoredType {
  NumberKind kind = NumberKind::real;
  uint8_t width = 4; ///< bytes: 1, 2, 4 or 8; 1 of booleans, 2 to 8 of real numbers, 2 of brain
  bool bigEndian = false;

  bool operator==(const StoredType &) const = default;
};

/// How numbers of an element type lie in memory.
StoredType storedTypeOf(ElementType element);
/// "u16", as the language would call it.
std::string storedName(StoredType type);
/// The element type that holds every number of this type, but for those of u64 beyond i64.
ElementType elementOf(StoredType type);

/// The first of some stored elements that cannot be converted.
struct Misfit {
  size_t element;
  std::string value;
};

/// Converts whole elements to `to` (f32, f64, f16 from f16, u8, i32 or i64), into as many of `out`. Real numbers are
/// rounded to f32; whatever else would change in value, or become infinite, is a misfit, behind which `out` is
/// undefined.
std::optional<Misfit> convertElements(std::span<const std::byte> stored, StoredType type, ElementType to,
                                      std::span<std::byte> out);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_STORED_STOREDELEMENTS_H
