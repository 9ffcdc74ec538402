// The physical order of a buffer's elements.
#ifndef VAE_RUNTIME_PACKAGE_LAYOUT_H
#define VAE_RUNTIME_PACKAGE_LAYOUT_H

#include "runtime/base/Tensor.h"

#include <optional>

namespace vae::runtime {

/// Numbered as in package.fbs, whose comments say what each is.
enum class Layout : uint8_t { rowMajor = 0, panels32 = 1 };
inline constexpr size_t layoutCount = 2;

/// Bytes that a tensor takes in a layout, its padding included; nothing where they overflow.
std::optional<uint64_t> storageBytes(ElementType element, std::span<const int64_t> shape, Layout layout);

} // namespace vae::runtime

#endif // VAE_RUNTIME_PACKAGE_LAYOUT_H
