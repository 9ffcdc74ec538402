// IDX files, the format of MNIST: plain or gzip, told apart by their first bytes.
#ifndef VAE_RUNTIME_FORMATS_IDX_H
#define VAE_RUNTIME_FORMATS_IDX_H

#include "runtime/formats/stored/StoredTensor.h"

namespace vae::runtime {

/// The tensor of a file: u8, i8, i16, i32, f32 and f64 of rank 1 to 8. The data must be exactly as long as the header
/// says. A gzip file is unpacked in memory; it must be whole and its checksum right.
Result<StoredTensor> openIdx(const ByteRange &file);

/// The tensor of a file, in memory.
Result<HostTensor> readIdx(const std::string &path);
/// The same from bytes; `path` is for messages.
Result<HostTensor> parseIdx(std::span<const std::byte> bytes, const std::string &path);

/// Writes atomically, gzipped where `path` ends in ".gz"; the same tensor gives the same bytes.
Status writeIdx(const std::string &path, const HostTensor &tensor);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_IDX_H
