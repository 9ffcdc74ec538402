// Package files: the core that writePackage gives, and weights behind it.
#ifndef VAE_BACKENDS_VAEC_PACKAGEFILE_H
#define VAE_BACKENDS_VAEC_PACKAGEFILE_H

#include "runtime/formats/Safetensors.h"

namespace vae {

/// Writes a package, whole or not at all, with these weights inside; without items it is the core alone. An item is
/// called as its parameter, has its shape, and its type or F16, BF16 or F64. Bytes of mapped files are streamed.
runtime::Status writePackageFile(const std::string &path, std::vector<char> core,
                                 std::vector<runtime::SafetensorsItem> weights);

} // namespace vae

#endif // VAE_BACKENDS_VAEC_PACKAGEFILE_H
