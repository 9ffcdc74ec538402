// Pictures as PNG files.
#ifndef VAE_RUNTIME_FORMATS_PICTURES_PNG_H
#define VAE_RUNTIME_FORMATS_PICTURES_PNG_H

#include "runtime/formats/pictures/Picture.h"

namespace vae::runtime {

/// Reads every kind of picture: samples as they are stored, but for those of less than 8 bits, which are widened, and
/// palettes, which become RGB. A transparent colour makes a channel of alpha. Gamma and colour profiles are left aside.
Result<Picture> readPng(const std::string &path);
/// The same from bytes; `path` is for messages.
Result<Picture> parsePng(std::span<const std::byte> bytes, const std::string &path);

/// The bytes of a file: grey or RGB of 8 bits.
Result<std::vector<std::byte>> encodePng(const Picture &picture);
/// Writes them atomically.
Status writePng(const std::string &path, const Picture &picture);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_PICTURES_PNG_H
