// A dense row-major tensor in host memory, as read from and written to files.
#ifndef VAE_RUNTIME_BASE_TENSOR_H
#define VAE_RUNTIME_BASE_TENSOR_H

#include "runtime/base/Memory.h"
#include "runtime/base/Status.h"

#include <cassert>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace vae::runtime {

/// Numbered as in runtime/abi/package.fbs.
enum class ElementType : uint8_t { f32 = 0, i32 = 1, u8 = 2, i64 = 3, f16 = 4, bf16 = 5, f64 = 6 };
constexpr uint8_t elementTypeCount = 7;

/// Bytes of one element.
uint64_t elementSize(ElementType element);
/// "f32", as in the language.
std::string_view elementName(ElementType element);
/// The first element of so many bytes that is NaN or infinite; none for integers. The bytes need not be aligned.
std::optional<size_t> firstNonFinite(ElementType element, std::span<const std::byte> bytes);
/// "[2, 784]"
std::string shapeText(std::span<const int64_t> shape);

/// The element type of a C++ type.
template <typename T> constexpr ElementType elementOf() {
  if constexpr (std::is_same_v<T, float>)
    return ElementType::f32;
  else if constexpr (std::is_same_v<T, int32_t>)
    return ElementType::i32;
  else if constexpr (std::is_same_v<T, uint8_t>)
    return ElementType::u8;
  else if constexpr (std::is_same_v<T, int64_t>)
    return ElementType::i64;
  else {
    static_assert(std::is_same_v<T, double>, "no element type for this C++ type");
    return ElementType::f64;
  }
}

/// Takes a tensor's bytes piece by piece, in order; `offset` is where a piece begins.
using ByteSink = std::function<Status(uint64_t offset, std::span<const std::byte> bytes)>;

/// Owns its bytes; move-only. The bytes always have exactly the size that element and shape ask for.
class HostTensor {
public:
  /// An f32 tensor of shape [0].
  HostTensor() = default;

  /// Zeros. invalidArgument for negative or overflowing sizes, outOfMemory where there is none.
  static Result<HostTensor> create(ElementType element, std::vector<int64_t> shape,
                                   Allocator &allocator = Allocator::standard());
  /// A copy of `bytes`, whose length must fit.
  static Result<HostTensor> copyOf(ElementType element, std::vector<int64_t> shape, std::span<const std::byte> bytes);

  ElementType element() const { return type; }
  const std::vector<int64_t> &shape() const { return sizes; }
  /// Number of elements.
  uint64_t count() const { return buffer.size() / elementSize(type); }
  std::span<std::byte> bytes() { return buffer.bytes(); }
  std::span<const std::byte> bytes() const { return buffer.bytes(); }

  /// The elements; T must be the type that `element` names.
  template <typename T> std::span<T> as() {
    assert(elementOf<T>() == type);
    return {reinterpret_cast<T *>(buffer.data()), static_cast<size_t>(count())};
  }
  template <typename T> std::span<const T> as() const {
    assert(elementOf<T>() == type);
    return {reinterpret_cast<const T *>(buffer.data()), static_cast<size_t>(count())};
  }

  /// Gives the same elements another shape of the same count.
  Status reshape(std::vector<int64_t> shape);

private:
  ElementType type = ElementType::f32;
  std::vector<int64_t> sizes{0};
  HostBuffer buffer;
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_BASE_TENSOR_H
