// Tensors from files of any format that is known.
#ifndef VAE_RUNTIME_FORMATS_TENSORFILE_H
#define VAE_RUNTIME_FORMATS_TENSORFILE_H

#include "runtime/base/Tensor.h"

namespace vae::runtime {

/// Reads a tensor; the format is told by the file's first bytes: .npy, IDX, gzipped IDX, or a picture (u8, [1, channels,
/// H, W]). A folder is the batch of its pictures. invalidFile where no format has these bytes.
Result<HostTensor> readTensor(const std::string &path);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_TENSORFILE_H
