// Pictures as PNG files: grey or RGB, 8 bits a channel.
#ifndef VAE_RUNTIME_FORMATS_PNG_H
#define VAE_RUNTIME_FORMATS_PNG_H

#include "runtime/formats/Picture.h"

namespace vae::runtime {

/// Reads grey, RGB and palette pictures of up to 8 bits; alpha and 16 bits are unsupported.
Result<Picture> readPng(const std::string &path);
/// The same from bytes; `path` is for messages.
Result<Picture> parsePng(std::span<const std::byte> bytes, const std::string &path);

/// The bytes of a file.
Result<std::vector<std::byte>> encodePng(const Picture &picture);
/// Writes them atomically.
Status writePng(const std::string &path, const Picture &picture);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_PNG_H
