// IDX files, the format of MNIST: plain or gzip, told apart by their first bytes.
#ifndef VAE_RUNTIME_FORMATS_IDX_H
#define VAE_RUNTIME_FORMATS_IDX_H

#include "runtime/base/Tensor.h"

namespace vae::runtime {

/// Reads u8, i32, f32 and f64 of rank 1 to 8. The data must be exactly as long as the header says; a gzip file must be
/// whole and its checksum right.
Result<HostTensor> readIdx(const std::string &path);
/// The same from bytes; `path` is for messages.
Result<HostTensor> parseIdx(std::span<const std::byte> bytes, const std::string &path);

/// Writes atomically, gzipped where `path` ends in ".gz"; the same tensor gives the same bytes.
Status writeIdx(const std::string &path, const HostTensor &tensor);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_IDX_H
