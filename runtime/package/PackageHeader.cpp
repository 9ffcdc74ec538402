// Magic, version, sizes and checksum.
#include "runtime/package/PackageHeader.h"
#include "runtime/base/Checked.h"

#include <zlib.h>

namespace vae::runtime {

uint32_t checksum(std::span<const std::byte> bytes) {
  return static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size()));
}

/// What the whole file must have, in bytes.
static std::optional<uint64_t> fileSize(const vae_package_header &header) {
  if (header.weights_size == 0)
    return header.core_size;
  const uint64_t padding = (0 - header.core_size) % VAE_SECTION_ALIGNMENT;
  std::optional<uint64_t> start = checkedAdd(header.core_size, padding);
  return start ? checkedAdd(*start, header.weights_size) : std::nullopt;
}

Result<vae_package_header> readPackageHeader(std::span<const std::byte> file) {
  vae_package_header header;
  if (file.size() < sizeof(header))
    return invalidFile("not a package: ", file.size(), " bytes, fewer than a header");
  std::memcpy(&header, file.data(), sizeof(header));
  if (std::memcmp(header.magic, "VAEP", 4) != 0)
    return invalidFile("not a package: it doesn't start with VAEP");
  if (checksum(file.first(offsetof(vae_package_header, header_crc32))) != header.header_crc32)
    return invalidFile("the header is damaged: its checksum differs");
  if (header.version != VAE_ABI_VERSION)
    return invalidFile("package version ", header.version, ", this runtime reads version ", VAE_ABI_VERSION);
  std::optional<uint64_t> size = fileSize(header);
  if (!size)
    return invalidFile("the sizes in the header are out of range");
  if (*size != file.size())
    return invalidFile("the file has ", file.size(), " bytes, its header says ", *size);
  if (!checkedRange(sizeof(header), header.description_size, header.core_size))
    return invalidFile("the description of ", header.description_size, " bytes exceeds the file");
  return header;
}

std::span<const std::byte> weightsIn(std::span<const std::byte> file, const vae_package_header &header) {
  return file.last(header.weights_size);
}

} // namespace vae::runtime
