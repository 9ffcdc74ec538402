// NumPy's .npy files.
#ifndef VAE_RUNTIME_FORMATS_NPY_H
#define VAE_RUNTIME_FORMATS_NPY_H

#include "runtime/formats/stored/StoredTensor.h"

namespace vae::runtime {

/// The tensor of a file of format version 1, 2 or 3: booleans, integers and real numbers of up to 8 bytes in either
/// byte order. The header must be as NumPy writes it, and the data exactly as long as it says. Fortran order is turned
/// into rows, in memory; other types are unsupported.
Result<StoredTensor> openNpy(const ByteRange &file);

/// The tensor of a file, in memory.
Result<HostTensor> readNpy(const std::string &path);
/// The same from bytes; `path` is for messages.
Result<HostTensor> parseNpy(std::span<const std::byte> bytes, const std::string &path);

/// The bytes of a file, format version 1. bf16 is unsupported: NumPy has no such type.
Result<std::vector<std::byte>> encodeNpy(const HostTensor &tensor);
/// Writes them atomically.
Status writeNpy(const std::string &path, const HostTensor &tensor);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_NPY_H
