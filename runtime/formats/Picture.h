// Pictures, and reading them from files of any format that is known.
#ifndef VAE_RUNTIME_FORMATS_PICTURE_H
#define VAE_RUNTIME_FORMATS_PICTURE_H

#include "runtime/base/Tensor.h"

namespace vae::runtime {

/// Rows from the top, pixels from the left, channels last.
struct Picture {
  int64_t width = 0;
  int64_t height = 0;
  int64_t channels = 1; ///< 1 grey, 3 RGB
  std::vector<uint8_t> pixels;
};

/// Whether these are the first bytes of a picture of a known format (PNG).
bool isPicture(std::span<const std::byte> bytes);

/// Reads a picture whose format its first bytes tell; `path` is for messages. invalidFile where no format has them.
Result<Picture> parsePicture(std::span<const std::byte> bytes, const std::string &path);
/// The same from a file.
Result<Picture> readPicture(const std::string &path);

/// One picture as the batch [1, channels, H, W] of u8, channels first.
Result<HostTensor> batchOfPicture(const Picture &picture);

/// The pictures of a folder, known by their endings (.png), in the order of their names, as u8 [N, channels, H, W]. All
/// must have one size and be grey or RGB alike; invalidFile names the one that differs.
Result<HostTensor> readPictureFolder(const std::string &path);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_PICTURE_H
