// NumPy's .npz files: zip archives of .npy files.
#ifndef VAE_RUNTIME_FORMATS_NPZ_H
#define VAE_RUNTIME_FORMATS_NPZ_H

#include "runtime/formats/stored/StoredTensor.h"

namespace vae::runtime {

/// "data.npz:x" as the archive's path and the array's name, which is empty where none is given. Nothing where no archive
/// is named so.
std::optional<std::pair<std::string, std::string>> splitNpzPath(const std::string &path);

/// The array `name` of an archive, or its only one where `name` is empty. An array that is stored as it is stays in the
/// file, a deflated one is unpacked in memory; the checksum is verified either way.
Result<StoredTensor> openNpz(const ByteRange &file, const std::string &name);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_NPZ_H
