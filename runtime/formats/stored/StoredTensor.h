// A tensor where it lies: what its file says of it, and its bytes, of which nothing is read yet.
#ifndef VAE_RUNTIME_FORMATS_STORED_STOREDTENSOR_H
#define VAE_RUNTIME_FORMATS_STORED_STOREDTENSOR_H

#include "runtime/formats/stored/ByteRange.h"
#include "runtime/formats/stored/StoredElements.h"

namespace vae::runtime {

/// Dense and row-major.
struct StoredTensor {
  StoredType type;
  std::vector<int64_t> shape;
  ByteRange data; ///< exactly as many bytes as type and shape ask for
};

/// Says so where `data` is not as long as type and shape ask for.
Result<StoredTensor> makeStored(StoredType type, std::vector<int64_t> shape, ByteRange data);

/// All of it as elementOf(type); invalidFile where that cannot hold a number.
Result<HostTensor> loadTensor(const StoredTensor &stored);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_STORED_STOREDTENSOR_H
