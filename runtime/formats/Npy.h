// NumPy's .npy files.
#ifndef VAE_RUNTIME_FORMATS_NPY_H
#define VAE_RUNTIME_FORMATS_NPY_H

#include "runtime/base/Tensor.h"

namespace vae::runtime {

/// Reads format versions 1 and 2, little endian, C order. The header must be exactly what NumPy writes, and the data
/// exactly as long as it says. f2 f4 f8 i4 i8 u1; anything else is unsupported.
Result<HostTensor> readNpy(const std::string &path);
/// The same from bytes; `path` is for messages.
Result<HostTensor> parseNpy(std::span<const std::byte> bytes, const std::string &path);

/// The bytes of a file, format version 1. bf16 is unsupported: NumPy has no such type.
Result<std::vector<std::byte>> encodeNpy(const HostTensor &tensor);
/// Writes them atomically.
Status writeNpy(const std::string &path, const HostTensor &tensor);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_NPY_H
