// Magic, version, sizes and checksum.
#include "runtime/package/PackageHeader.h"
#include "runtime/base/Checked.h"

#include <zlib.h>

namespace vae::runtime {

uint32_t checksum(std::span<const std::byte> bytes) {
  return static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size()));
}

Result<vae_package_header> readPackageHeader(std::span<const std::byte> bytes) {
  vae_package_header header;
  if (bytes.size() < sizeof(header))
    return invalidFile("not a package: ", bytes.size(), " bytes, fewer than a header");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (std::memcmp(header.magic, "VAEP", 4) != 0)
    return invalidFile("not a package: it doesn't start with VAEP");
  if (checksum(bytes.first(offsetof(vae_package_header, header_crc32))) != header.header_crc32)
    return invalidFile("the header is damaged: its checksum differs");
  if (header.version != VAE_ABI_VERSION)
    return invalidFile("package version ", header.version, ", this runtime reads version ", VAE_ABI_VERSION);
  if (header.file_size != bytes.size())
    return invalidFile("the file has ", bytes.size(), " bytes, its header says ", header.file_size);
  if (!checkedRange(sizeof(header), header.description_size, bytes.size()))
    return invalidFile("the description of ", header.description_size, " bytes exceeds the file");
  return header;
}

} // namespace vae::runtime
