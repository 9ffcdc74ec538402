// Through libpng's simplified interface, which reports errors by value: no longjmp passes through C++ frames.
#include "runtime/formats/Png.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/Checked.h"
#include "runtime/base/File.h"

#include <png.h>

namespace vae::runtime {
namespace {

// Larger pictures are taken for damaged or hostile files.
constexpr uint64_t maxPixelBytes = uint64_t{1} << 31;

/// libpng's picture state, freed on every way out.
struct Image : png_image {
  Image() : png_image{} { version = PNG_IMAGE_VERSION; }
  ~Image() { png_image_free(this); }
  Image(const Image &) = delete;
  Image &operator=(const Image &) = delete;
};

std::optional<uint64_t> pixelBytes(int64_t width, int64_t height, int64_t channels) {
  const int64_t shape[] = {height, width, channels};
  return checkedProduct(shape);
}

Result<Picture> decode(std::span<const std::byte> bytes) {
  Image image;
  if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()))
    return fail(StatusCode::invalidFile, "not a readable png file: ", image.message);
  if (image.format & (PNG_FORMAT_FLAG_ALPHA | PNG_FORMAT_FLAG_LINEAR))
    return fail(StatusCode::unsupported, "a png file with ", image.format & PNG_FORMAT_FLAG_ALPHA ? "alpha" : "16 bits",
                "; grey or RGB of 8 bits wanted");
  Picture picture;
  picture.width = image.width;
  picture.height = image.height;
  picture.channels = image.format & PNG_FORMAT_FLAG_COLOR ? 3 : 1;
  std::optional<uint64_t> size = pixelBytes(picture.width, picture.height, picture.channels);
  if (!size || *size > maxPixelBytes)
    return fail(StatusCode::invalidFile, "a picture of ", picture.width, " x ", picture.height, " is too large");
  image.format = picture.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  picture.pixels.resize(static_cast<size_t>(*size));
  if (!png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr))
    return fail(StatusCode::invalidFile, "damaged png file: ", image.message);
  if (image.warning_or_error != 0)
    return fail(StatusCode::invalidFile, "damaged png file: ", image.message);
  return picture;
}

} // namespace

Result<Picture> parsePng(std::span<const std::byte> bytes, const std::string &path) {
  Result<Picture> picture = decode(bytes);
  if (!picture.ok())
    return picture.status().withContext(path);
  return picture;
}

Result<Picture> readPng(const std::string &path) {
  return readMapped(path, [&](std::span<const std::byte> bytes) { return parsePng(bytes, path); });
}

Result<std::vector<std::byte>> encodePng(const Picture &picture) {
  std::optional<uint64_t> size = pixelBytes(picture.width, picture.height, picture.channels);
  bool fits = picture.width > 0 && picture.height > 0 && (picture.channels == 1 || picture.channels == 3);
  if (!fits || !size || *size != picture.pixels.size() || *size > maxPixelBytes)
    return fail(StatusCode::invalidArgument, "a picture of ", picture.width, " x ", picture.height, " x ",
                picture.channels, " cannot be written as png");
  Image image;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = picture.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_alloc_size_t length = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<std::byte> bytes(length);
  if (!png_image_write_to_memory(&image, bytes.data(), &length, 0, picture.pixels.data(), 0, nullptr))
    return fail(StatusCode::internal, "cannot encode png: ", image.message);
  bytes.resize(length);
  return bytes;
}

Status writePng(const std::string &path, const Picture &picture) {
  Result<std::vector<std::byte>> bytes = encodePng(picture);
  return bytes.ok() ? writeFile(path, *bytes) : bytes.status().withContext(path);
}

} // namespace vae::runtime
