// Pictures out of JPEG files.
#ifndef VAE_RUNTIME_FORMATS_PICTURES_JPEG_H
#define VAE_RUNTIME_FORMATS_PICTURES_JPEG_H

#include "runtime/formats/pictures/Picture.h"

namespace vae::runtime {

/// Reads grey and RGB pictures of 8 bits from the bytes of a file; `path` is for messages. A file that is cut short is
/// invalidFile; four inks (CMYK) are unsupported. Orientation and colour profiles are left aside.
Result<Picture> parseJpeg(std::span<const std::byte> bytes, const std::string &path);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_PICTURES_JPEG_H
