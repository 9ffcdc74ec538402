// The first bytes of a package, from which all else is found.
#ifndef VAE_RUNTIME_PACKAGE_PACKAGEHEADER_H
#define VAE_RUNTIME_PACKAGE_PACKAGEHEADER_H

#include "runtime/abi/kernel.h"
#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace vae::runtime {

/// The CRC-32 of all bytes.
uint32_t checksum(std::span<const std::byte> bytes);

/// The checked header of a file; what it says of sizes fits the file.
Result<vae_package_header> readPackageHeader(std::span<const std::byte> file);

/// The weights that stand behind the core; empty without any. The header is that of `file`.
std::span<const std::byte> weightsIn(std::span<const std::byte> file, const vae_package_header &header);

} // namespace vae::runtime

#endif // VAE_RUNTIME_PACKAGE_PACKAGEHEADER_H
